-- Every link of the source areas that reach a loaded target area, from the look-up that was loaded last.
WITH chosen AS (
    SELECT max(k.load_id) AS load_id, k.source_id, k.target_id
    FROM area_link AS k
    JOIN load AS l ON l.load_id = k.load_id AND l.state = 'live'
    JOIN geography AS s ON s.geography_id = k.source_id
    JOIN geography AS t ON t.geography_id = k.target_id
    WHERE (s.name, s.vintage) = (:name, :vintage) AND (t.name, t.vintage) = (:target_name, :target_vintage)
    GROUP BY k.source_id, k.target_id
),
wanted AS (
    SELECT a.area_code
    FROM area AS a
    JOIN chosen AS c ON c.target_id = a.geography_id
    JOIN load AS l ON l.load_id = a.load_id AND l.state = 'live'
),
reached AS (
    SELECT DISTINCT k.source_code
    FROM area_link AS k
    JOIN chosen USING (load_id, source_id, target_id)
    WHERE k.target_code IN (SELECT area_code FROM wanted) OR NOT EXISTS (SELECT FROM wanted)
)
SELECT k.source_code, k.target_code, k.share
FROM area_link AS k
JOIN chosen USING (load_id, source_id, target_id)
JOIN reached USING (source_code)
ORDER BY k.source_code COLLATE "C", k.target_code COLLATE "C"
