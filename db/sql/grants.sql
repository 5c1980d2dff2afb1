-- Who may do what. May be run again at any time, and after every upgrade; roles are only ever added.
--   owner     makes and changes the schema;
--   operator  loads and refreshes: owns the incidents, whose monthly partitions it makes, and the results;
--   analyst   reads everything but the respondents of surveys and the log of who read them;
--   reader    reads the results of runs that are published, and nothing else.

DO $$
DECLARE
    needed text;
BEGIN
    FOREACH needed IN ARRAY ARRAY[{owner_name}, {operator_name}, {analyst_name}, {reader_name}] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = needed) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', needed);
        END IF;
    END LOOP;
    IF NOT pg_has_role({owner_name}, {operator_name}, 'MEMBER') THEN
        GRANT {operator} TO {owner};  -- so that migrations may change what the operator owns
    END IF;
END
$$;

GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner}, {operator};
GRANT USAGE ON SCHEMA {schema} TO {analyst}, {reader};

-- What is made again and again, month by month and run by run, belongs to the operator; all else to the owner.
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.oid::regclass AS name, pg_get_userbyid(c.relowner) AS owned_by,
               CASE
                   WHEN c.relname ~ '^incident(_\d|$)' THEN {operator_name}
                   WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'run_id')
                   THEN {operator_name}
                   ELSE {owner_name}
               END AS should_own
        FROM pg_class AS c
        WHERE c.relnamespace = {schema_name}::regnamespace AND c.relkind IN ('r', 'p')
        ORDER BY c.relname
    LOOP
        IF item.owned_by <> item.should_own THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %I', item.name, item.should_own);
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {analyst}, {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {operator};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {analyst};
REVOKE INSERT, UPDATE, DELETE ON {schema}.analysis, {schema}.alembic_version FROM {operator};
REVOKE UPDATE, DELETE ON {schema}.survey_access FROM {operator};  -- the log is only ever added to
REVOKE ALL ON {schema}.survey_response, {schema}.survey_access FROM {analyst};

-- Results: all of them for the analyst, those of published runs for the reader. Their owner is not held back by this.
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.oid::regclass AS name
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'run_id'
        WHERE c.relnamespace = {schema_name}::regnamespace AND c.relkind = 'r' AND c.relname <> 'run_step'
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', item.name);
        EXECUTE format('DROP POLICY IF EXISTS analyst_reads ON %s', item.name);
        EXECUTE format('DROP POLICY IF EXISTS published_reads ON %s', item.name);
        EXECUTE format('CREATE POLICY analyst_reads ON %s FOR SELECT TO %I USING (true)', item.name, {analyst_name});
        EXECUTE format('GRANT SELECT ON %s TO %I', item.name, {reader_name});
        IF item.name = to_regclass({publication_name}) THEN
            EXECUTE format(
                'CREATE POLICY published_reads ON %s FOR SELECT TO %I USING (state = ''live'')', item.name, {reader_name}
            );
        ELSE
            EXECUTE format(
                'CREATE POLICY published_reads ON %s FOR SELECT TO %I USING (run_id IN '
                '(SELECT p.run_id FROM {schema}.publication AS p WHERE p.state = ''live''))', item.name, {reader_name}
            );
        END IF;
    END LOOP;
END
$$;
