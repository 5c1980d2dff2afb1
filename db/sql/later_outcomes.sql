-- Whether outcomes of a later month of the force are loaded already.
SELECT EXISTS (
    SELECT FROM load
    WHERE kind = 'outcomes' AND state = 'live' AND source = :source AND months[1] > :month
      AND split_part(scope, ' ', 1) = :force
)
