-- One load gives way to another.
UPDATE load SET state = 'superseded', superseded_by = :load_id WHERE load_id = :earlier_id
