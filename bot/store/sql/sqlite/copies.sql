-- name: check_whole
SELECT integrity_check FROM pragma_integrity_check(3);
