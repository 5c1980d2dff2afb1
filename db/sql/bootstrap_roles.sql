-- The other group roles. Their rights on tables come from: redzones db grants, after the schema is made.
-- A person or a service gets a login of its own that acts as its group, for example:
--   CREATE ROLE nightly LOGIN IN ROLE redzones_operator;
--   ALTER ROLE nightly SET role = 'redzones_operator';

DO $$
DECLARE
    needed text;
BEGIN
    FOREACH needed IN ARRAY ARRAY[{operator_name}, {analyst_name}, {reader_name}] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = needed) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', needed);
        END IF;
    END LOOP;
END
$$;

GRANT {operator} TO {owner};
GRANT CONNECT ON DATABASE {database} TO {operator}, {analyst}, {reader};
GRANT TEMPORARY ON DATABASE {database} TO {operator};
