-- Run once by a database administrator, with psql, as a role that may make roles, databases and extensions.
-- It may be run again: what is there stays as it is. Afterwards: redzones db upgrade, as a member of the owner role.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {owner_name}) THEN
        CREATE ROLE {owner} NOLOGIN;
    END IF;
END
$$;

SELECT format('CREATE DATABASE %I ENCODING UTF8 TEMPLATE template0', {database_name})
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {database_name}) \gexec

\connect {database}

REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {owner};
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner};
