-- Policies hold on to the tables that they name, so they go before a table does; redzones db grants makes them again.
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT policyname, tablename, schemaname FROM pg_policies WHERE schemaname = {schema_name} LOOP
        EXECUTE 'DROP POLICY ' || quote_ident(item.policyname)
                || ' ON ' || quote_ident(item.schemaname) || '.' || quote_ident(item.tablename);
    END LOOP;
END
$$
