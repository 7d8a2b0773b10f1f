/* Late parcels.
   /* Nested comments are fine in PostgreSQL. */ */
SELECT P.ID, P.CODE, P.CREATED_AT
  FROM PARCELS P, CLOCK C
 WHERE (P.STATUS = 'created' OR P.STATUS = 'in_transit')
   AND EXTRACT(EPOCH FROM C.NOW) - EXTRACT(EPOCH FROM P.CREATED_AT) > 7 * 24 * 60 * 60
; -- the end
