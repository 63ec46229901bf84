"""The query door against a real redis-server: the same octets sent to both, the octets of each reply compared.

What is left out differs on purpose, and is tested by itself:
- lists, hashes, sets, sorted sets, streams, publish and subscribe, and all else of which the door knows nothing: there is no WRONGTYPE;
- COMMAND, INFO, CLIENT, CONFIG, MEMORY, OBJECT, EVAL: each tells of the server that it is of;
- what the door's own limits say (query.*), and that a bulk string has to end where it says;
- DBSIZE where a key has expired: the door's leaves at once where a time in the past is given, Redis' when it is met;
- the order of KEYS and the cursors of SCAN;
- times that run, but for some seconds; and how far away a time is that comes after the year 2262, where the door's clock ends;
- an unknown command, or EXEC, before the password: the door says NOAUTH as of all others;
- the words of the error for a database's number that 32 bits do not hold;
- an empty key for a pattern such as `**`, which Redis does not find (it finds it for `*`); cursors that no SCAN has given;
- a line with an octet 0, at which Redis waits for ever; an array's length that ends in CR and another octet; replies to what came just before POST or Host:,
  which Redis drops with the connection.
"""

import random
import re
import shlex
import struct
import unittest

from harness import Sidecache
from harness.query import Ended, Talk, request, value_of
from harness.redis_server import RedisServer

RUNNING = {b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME"}
SECONDS_OF_LAG = 30  # of slow builds: what is compared lies further apart
STEPS = 4_000

# A line is a command; `2: ` is of the second connection, `sorted: ` says that the order does not count. Words as in a shell, and escapes as in Python.
TABLE = {
    "reading and writing": r"""
        GET a
        SET a 1
        GET a
        set A 2
        gEt A
        GET a
        SET '' empty
        GET ''
        SET e ''
        GET e
        STRLEN e
        EXISTS e
        SET '\x00\xff\r\n' '\x00\x01\r\n\xfe'
        GET '\x00\xff\r\n'
        STRLEN '\x00\xff\r\n'
        GET
        GET a b
        SET
        SET a
        GETSET a new
        GETSET n new
        GETSET n
        GETSET n a b
        GET n
        GETDEL n
        GETDEL n
        GETDEL
        GETDEL a b
        SETNX n 1
        SETNX n 2
        GET n
        SETNX n
        SETNX n 1 2
        STRLEN n
        STRLEN none
        STRLEN
        STRLEN a b
    """,
    "SET and its options": r"""
        SET a 1 NX
        SET a 2 NX
        SET a 2 xx
        SET b 2 XX
        SET a 3 NX XX
        SET a 3 XX NX
        SET a 3 NX NX
        SET a 3 XX XX
        GET a
        SET a 4 GET
        SET c 4 GET
        SET a 5 GET GET
        SET a 5 NX GET
        SET d 5 NX GET
        GET d
        SET f 5 XX GET
        GET f
        SET a 6 XX GET
        SET a 7 EX 1000
        TTL a
        SET a 8 KEEPTTL
        TTL a
        SET a 9
        TTL a
        SET a 9 KEEPTTL KEEPTTL
        SET a 9 KEEPTTL EX 10
        SET a 9 EX 10 KEEPTTL
        SET a 9 EX 1000 PX 10
        SET a 9 EX 1000 EX 2000
        TTL a
        SET a 9 PX 1000000 PX 2000000
        TTL a
        SET a 9 EX 1000 EXAT 2000
        SET a 9 PXAT 4000000000000 PXAT 5000000000000
        PEXPIRETIME a
        SET a 9 EXAT 4000000000
        EXPIRETIME a
        PEXPIRETIME a
        SET a 9 PXAT 4000000000001
        EXPIRETIME a
        PEXPIRETIME a
        SET a 9 px 1000000 nx get
        SET new 9 px 1000000 nx get
        TTL new
        SET g 9 KEEPTTL
        TTL g
        SET a 1 EX
        SET a 1 EX 0
        SET a 1 EX -5
        SET a 1 PX 0
        SET a 1 PX -5
        SET a 1 EXAT 0
        SET a 1 EXAT -1
        SET a 1 PXAT 0
        SET a 1 EX abc
        SET a 1 EX 1.5
        SET a 1 EX ''
        SET a 1 EX ' 1'
        SET a 1 EX '1 '
        SET a 1 EX +1
        SET a 1 EX 01
        SET a 1 EX 9223372036854775807
        SET a 1 EX 9223372036854775808
        SET a 1 EX 9223372036854776
        SET a 1 EX 9223372036854775
        SET a 1 PX 9223372036854775807
        SET a 1 PXAT 9223372036854775807
        GET a
        SET a 1 PXAT 9223372036854775806
        SET a 1 EXAT 9223372036854775
        SET a 1 EXAT 9223372036854776
        SET a 1 EX abc BAD
        SET a 1 EX 0 BAD
        SET a 1 BAD EX 0
        SET a 1 BAD
        SET a 1 ''
        SET a 1 PERSIST
        SET a 1 EX 10 NX XX
        SET a 1 N
        SET a 1 NXX
        GET a
        SET past 1 PXAT 1
        GET past
        EXISTS past
        SET past 1 EXAT 1
        SET past 2 NX
        GET past
        SET past 2 PXAT 1 GET
        SET past 2 XX
        SET past 2 GET
    """,
    "SETEX and PSETEX": r"""
        SETEX a 1000 v
        TTL a
        PSETEX a 1000000 w
        TTL a
        GET a
        SETEX a 0 v
        SETEX a -1 v
        SETEX a abc v
        SETEX a 1.5 v
        SETEX a 9223372036854775807 v
        SETEX a 9223372036854775 v
        PSETEX a 0 v
        PSETEX a -1 v
        PSETEX a abc v
        psetex a 9223372036854775807 v
        SetEx a 0 v
        SETEX a 10
        SETEX a 10 v w
        PSETEX a 10
        GET a
    """,
    "GETEX": r"""
        GETEX none
        GETEX none EX 10
        SET a 1
        GETEX a
        TTL a
        GETEX a EX 1000
        TTL a
        GETEX a PX 2000000
        TTL a
        GETEX a EXAT 4000000000
        EXPIRETIME a
        GETEX a PXAT 4000000000001
        PEXPIRETIME a
        GETEX a PERSIST
        TTL a
        GETEX a PERSIST
        GETEX a PERSIST PERSIST
        GETEX a EX 10 PERSIST
        GETEX a PERSIST EX 10
        GETEX a EX 1000 EX 2000
        TTL a
        GETEX a EX 10 PX 10
        GETEX a KEEPTTL
        GETEX a NX
        GETEX a GET
        GETEX a EX
        GETEX a EX 0
        GETEX a EX -1
        GETEX a EX abc
        GETEX none EX abc
        GETEX none EX 0
        GETEX none BAD
        GETEX a BAD
        GETEX a EXAT 1
        GET a
        SET a 1
        GETEX a PXAT 1
        EXISTS a
        GETEX
    """,
    "many at once": r"""
        MSET a 1 b 2
        MGET a b c a
        MSET a 3 a 4
        GET a
        MSET a
        MSET a 1 b
        MSET
        MSETNX c 1 d 2
        MSETNX d 1 e 2
        EXISTS e
        MSETNX f 1 f 2
        GET f
        MSETNX a
        MSETNX a 1 b
        SETEX a 1000 v
        MSET a 5
        TTL a
        MGET
        MGET none
    """,
    "APPEND, GETRANGE and SETRANGE": r"""
        APPEND a ''
        EXISTS a
        APPEND a b
        APPEND a '\x00c'
        GET a
        APPEND a
        APPEND a b c
        EXPIRE a 1000
        APPEND a d
        TTL a
        SET r 'Hello World'
        GETRANGE r 0 -1
        GETRANGE r 0 4
        GETRANGE r -5 -1
        GETRANGE r -1 -5
        GETRANGE r -100 -50
        GETRANGE r -100 3
        GETRANGE r -100 -12
        GETRANGE r -100 -11
        GETRANGE r 0 -100
        GETRANGE r 5 2
        GETRANGE r 5 -100
        GETRANGE r 100 200
        GETRANGE r 10 200
        GETRANGE r 11 11
        GETRANGE r 0 0
        GETRANGE r -1 -1
        GETRANGE r 9223372036854775807 9223372036854775807
        GETRANGE r -9223372036854775808 -9223372036854775808
        GETRANGE r -9223372036854775808 9223372036854775807
        GETRANGE r -9223372036854775807 -9223372036854775808
        GETRANGE r 9223372036854775808 0
        GETRANGE r a 0
        GETRANGE r 0 b
        GETRANGE r +1 2
        GETRANGE r 01 2
        GETRANGE none 0 -1
        GETRANGE none a b
        GETRANGE r 0
        GETRANGE r 0 1 2
        SET empty ''
        GETRANGE empty 0 -1
        SETRANGE s 0 ''
        EXISTS s
        SETRANGE s 5 ''
        EXISTS s
        SETRANGE s 3 abc
        GET s
        SETRANGE s 0 XY
        SETRANGE s 5 ''
        SETRANGE s 6 d
        SETRANGE s 10 e
        GET s
        SETRANGE s -1 a
        SETRANGE none -1 ''
        SETRANGE s -9223372036854775808 a
        SETRANGE s a b
        SETRANGE s 1.0 b
        SETRANGE s 9223372036854775808 b
        SETRANGE s 0
        SETRANGE s 0 a b
        EXPIRE s 1000
        SETRANGE s 0 Q
        TTL s
    """,
    "counting": r"""
        INCR n
        INCR n
        DECR n
        DECR m
        INCRBY n 10
        DECRBY n 3
        INCRBY n -5
        DECRBY n -5
        GET n
        INCRBY n 0
        INCRBY n +1
        INCRBY n 01
        INCRBY n ' 1'
        INCRBY n '1 '
        INCRBY n ''
        INCRBY n -
        INCRBY n -0
        INCRBY n 00
        INCRBY n 1.0
        INCRBY n 1e3
        INCRBY n 0x10
        INCRBY n '1\x00'
        INCRBY n 9223372036854775808
        INCRBY n -9223372036854775809
        INCRBY n 99999999999999999999
        SET n 9223372036854775807
        INCR n
        INCRBY n 1
        DECRBY n -1
        DECR n
        INCR n
        SET n -9223372036854775808
        DECR n
        DECRBY n 1
        INCRBY n -1
        INCR n
        DECRBY n 9223372036854775807
        DECRBY n -9223372036854775808
        SET n 0
        DECRBY n -9223372036854775808
        INCRBY n -9223372036854775808
        GET n
        SET n 9223372036854775806
        INCRBY n 1
        SET x abc
        INCR x
        SET x ''
        INCR x
        SET x ' 1'
        INCR x
        SET x '1 '
        INCR x
        SET x +1
        INCR x
        SET x 01
        INCR x
        SET x -0
        INCR x
        SET x 9223372036854775808
        INCR x
        SET x 1.0
        INCR x
        SET x 12345678901234567890123
        INCR x
        SET x -1
        INCR x
        SET x 5 EX 1000
        INCR x
        TTL x
        INCR
        INCR a b
        DECR
        INCRBY a
        INCRBY a 1 2
        DECRBY a
        DECRBY none abc
        EXISTS none
    """,
    "counting in fractions": r"""
        INCRBYFLOAT f 1.5
        INCRBYFLOAT f 1
        INCRBYFLOAT f -2.5
        INCRBYFLOAT f 0
        GET f
        INCRBYFLOAT f 0.1
        INCRBYFLOAT f 0.2
        INCRBYFLOAT f 3.0e3
        INCRBYFLOAT f -3000
        INCRBYFLOAT f 1e-17
        INCRBYFLOAT f 1e-18
        INCRBYFLOAT f 5e-1
        INCRBYFLOAT f .5
        INCRBYFLOAT f 5.
        INCRBYFLOAT f +5
        INCRBYFLOAT f 05
        INCRBYFLOAT f 0x10
        INCRBYFLOAT f ' 5'
        INCRBYFLOAT f '5 '
        INCRBYFLOAT f ''
        INCRBYFLOAT f abc
        INCRBYFLOAT f 1a
        INCRBYFLOAT f '1\x00'
        INCRBYFLOAT f nan
        INCRBYFLOAT f -nan
        INCRBYFLOAT f inf
        INCRBYFLOAT f -inf
        INCRBYFLOAT f infinity
        INCRBYFLOAT f 1e400
        INCRBYFLOAT f -1e400
        INCRBYFLOAT f 1e5000
        INCRBYFLOAT f 1e-5000
        INCRBYFLOAT f --1
        GET f
        SET g 1e10
        INCRBYFLOAT g 1
        SET g 10.50
        INCRBYFLOAT g 0.1
        SET g 5.0e3
        INCRBYFLOAT g 2.0e2
        SET g abc
        INCRBYFLOAT g 1
        SET g ''
        INCRBYFLOAT g 1
        SET g ' 1'
        INCRBYFLOAT g 1
        SET g inf
        INCRBYFLOAT g 1
        SET g -inf
        INCRBYFLOAT g inf
        SET g 1e4932
        INCRBYFLOAT g 1e4932
        SET g 123456789012345678
        INCRBYFLOAT g 0.125
        SET g 3
        INCRBYFLOAT g -3
        SET g 0.0001
        INCRBYFLOAT g -0.0002
        SET g -0
        INCRBYFLOAT g 0
        SET g -0.0
        INCRBYFLOAT g -0.0
        SET h 1 EX 1000
        INCRBYFLOAT h 1
        TTL h
        INCRBYFLOAT h
        INCRBYFLOAT h 1 2
        INCRBYFLOAT none abc
        EXISTS none
    """,
    "keys": r"""
        DEL none
        SET a 1
        SET b 2
        SET c 3
        EXISTS a b none a
        TOUCH a b none a
        TYPE a
        TYPE none
        DEL a a none b
        UNLINK c c
        EXISTS a b c
        DEL
        UNLINK
        EXISTS
        TOUCH
        TYPE
        TYPE a b
        DBSIZE
        DBSIZE 1
        SET a 1 EX 1000
        RENAME a b
        TTL b
        EXISTS a
        RENAME none a
        RENAME none none
        RENAME b b
        SET c 3
        RENAME c b
        GET b
        TTL b
        RENAMENX none b
        RENAMENX none none
        RENAMENX b b
        SET d 4
        RENAMENX d b
        RENAMENX d e
        GET e
        RENAME
        RENAME a
        RENAME a b c
        RENAMENX a
        DBSIZE
        FLUSHDB
        DBSIZE
        SET a 1
        FLUSHDB ASYNC
        SET a 1
        FLUSHDB sync
        SET a 1
        FLUSHDB BAD
        FLUSHDB ASYNC SYNC
        FLUSHALL BAD
        FLUSHALL ASYNC
        EXISTS a
        FLUSHALL SYNC
        FLUSHALL
    """,
    "databases": r"""
        SET a zero
        SELECT 1
        GET a
        SET a one
        SELECT 0
        GET a
        SELECT 16
        SELECT -1
        SELECT abc
        SELECT 1.0
        SELECT 01
        SELECT 99999999999999999999
        SELECT
        SELECT 1 2
        GET a
        SWAPDB 0 1
        GET a
        SWAPDB 1 0
        SWAPDB 0 0
        SWAPDB 0 16
        SWAPDB -1 0
        SWAPDB a 0
        SWAPDB 0 b
        SWAPDB a b
        SWAPDB 0 99999999999999999999
        SWAPDB 0
        SWAPDB 0 1 2
        GET a
        COPY a b
        GET b
        COPY a b
        COPY a b REPLACE
        COPY none b
        COPY none b REPLACE
        COPY a a
        COPY a a REPLACE
        COPY none none
        COPY a a DB 0
        COPY a a DB 1
        COPY a a DB 1 REPLACE
        COPY a z db 2 replace
        COPY a y REPLACE REPLACE
        COPY a x DB 2 DB 3
        COPY a b DB
        COPY a b DB 16
        COPY a b DB -1
        COPY a b DB abc
        COPY a b DB 99999999999999999999
        COPY a b BAD
        COPY a b DB 16 BAD
        COPY a
        COPY
        EXPIRE a 1000
        COPY a t
        TTL t
        SELECT 2
        sorted: KEYS *
        SELECT 3
        sorted: KEYS *
        DBSIZE
        FLUSHDB
        SELECT 2
        DBSIZE
        FLUSHALL
        DBSIZE
        SELECT 0
        DBSIZE
    """,
    "expiring": r"""
        EXPIRE none 10
        SET a 1
        TTL a
        PTTL a
        EXPIRETIME a
        PEXPIRETIME a
        TTL none
        PTTL none
        EXPIRETIME none
        PEXPIRETIME none
        EXPIRE a 1000
        TTL a
        PTTL a
        EXPIRETIME a
        PEXPIRE a 2000000
        TTL a
        EXPIREAT a 4000000000
        EXPIRETIME a
        PEXPIRETIME a
        PEXPIREAT a 4000000000499
        EXPIRETIME a
        PEXPIREAT a 4000000000500
        EXPIRETIME a
        PEXPIRETIME a
        PERSIST a
        PERSIST a
        PERSIST none
        TTL a
        EXPIRE a 1000 NX
        EXPIRE a 2000 NX
        EXPIRE a 2000 XX
        TTL a
        EXPIRE a 1000 GT
        EXPIRE a 3000 gt
        EXPIRE a 4000 LT
        EXPIRE a 1000 lt
        TTL a
        EXPIREAT a 4000000000
        EXPIREAT a 4000000000 GT
        EXPIREAT a 4000000000 LT
        EXPIREAT a 4000000001 XX GT
        EXPIREAT a 4000000000 XX LT
        PERSIST a
        EXPIRE a 1000 GT
        EXPIRE a 1000 XX
        EXPIRE a 1000 XX LT
        EXPIRE a 1000 LT
        EXPIRE a 1000 NX NX
        EXPIRE a 10 NX XX
        EXPIRE a 10 NX GT
        EXPIRE a 10 NX LT
        EXPIRE a 10 GT LT
        EXPIRE a 10 NX GT LT
        EXPIRE a 10 BAD
        EXPIRE a 10 NX BAD
        EXPIRE a 10 NX XX BAD
        EXPIRE a abc BAD
        EXPIRE a abc NX XX
        EXPIRE a abc
        EXPIRE none abc
        EXPIRE a ''
        EXPIRE a 1.5
        EXPIRE a +1
        EXPIRE a 9223372036854775807
        EXPIRE a -9223372036854775808
        EXPIRE a 9223372036854775
        EXPIRE a 9223372036854776
        EXPIRE a -9223372036854775
        EXPIRE none 9223372036854775807
        SET a 1
        PEXPIRE a 9223372036854775807
        PEXPIREAT a 9223372036854775807
        GET a
        EXPIREAT a 9223372036854775807
        EXPIREAT a 9223372036854775
        GET a
        EXPIRE a 0
        EXISTS a
        SET a 1
        EXPIRE a -1
        EXISTS a
        SET a 1
        EXPIREAT a 1
        EXISTS a
        SET a 1
        PEXPIREAT a 0
        GET a
        SET a 1
        PEXPIRE a -9223372036854775808
        GET a
        SET a 1
        EXPIRE a -9223372036854775
        GET a
        SET a 1
        EXPIRE a -1 GT
        EXISTS a
        EXPIRE a -1 LT
        EXISTS a
        expire a 9223372036854775807
        ExpireAt a 9223372036854775807
        pexpireat a 9223372036854775808
        EXPIRE a
        EXPIRE
        PEXPIRE a
        EXPIREAT a
        PEXPIREAT a
        PERSIST
        PERSIST a b
        TTL
        TTL a b
        PTTL
        EXPIRETIME
        PEXPIRETIME
    """,
    "patterns": r"""
        MSET a 1 ab 1 abc 1 b 1 hello 1 hallo 1 hxllo 1 heello 1 '' 1 '*' 1 '[' 1 ']' 1 '\\' 1 'a-z' 1 '^' 1 '?' 1 '\x00a' 1 '\xff' 1 'a\nb' 1 - 1
        sorted: KEYS *
        sorted: KEYS ''
        sorted: KEYS ?
        sorted: KEYS a*
        sorted: KEYS *a*
        sorted: KEYS ?**
        sorted: KEYS a**b
        sorted: KEYS *l*o
        sorted: KEYS h?llo
        sorted: KEYS h[ae]llo
        sorted: KEYS h[^e]llo
        sorted: KEYS h[a-b]llo
        sorted: KEYS h[b-a]llo
        sorted: KEYS h[a-bx]llo
        sorted: KEYS h[^a-e]llo
        sorted: KEYS '\\*'
        sorted: KEYS '\\?'
        sorted: KEYS '\\[' 
        sorted: KEYS '\\\\' 
        sorted: KEYS '\\'
        sorted: KEYS '[*]'
        sorted: KEYS '[\\]]'
        sorted: KEYS '[]]'
        sorted: KEYS '[]'
        sorted: KEYS '[^]'
        sorted: KEYS '['
        sorted: KEYS '[a'
        sorted: KEYS '[a-'
        sorted: KEYS '[^'
        sorted: KEYS '[^a'
        sorted: KEYS '[a-]'
        sorted: KEYS '[-a]'
        sorted: KEYS '[a\\-z]'
        sorted: KEYS '[\\'
        sorted: KEYS '[^^]'
        sorted: KEYS '[a^]'
        sorted: KEYS '[a-]b]'
        sorted: KEYS 'a-z'
        sorted: KEYS '[a-z]-z'
        sorted: KEYS '\x00*'
        sorted: KEYS '[\xf0-\xff]'
        sorted: KEYS 'a?b'
        sorted: KEYS 'ab*'
        sorted: KEYS '*\\'
        sorted: KEYS 'a*\\'
        sorted: KEYS '*[]'
        KEYS
        KEYS a b
        sorted: SCAN 0 COUNT 1000
        sorted: SCAN 0 COUNT 1000 MATCH h*
        sorted: SCAN 0 MATCH none* COUNT 1000
        sorted: SCAN 0 COUNT 1000 TYPE string
        sorted: SCAN 0 COUNT 1000 TYPE STRING MATCH a*
        sorted: SCAN 0 COUNT 1000 TYPE list
        sorted: SCAN 0 COUNT 1 COUNT 1000
        SCAN 0 COUNT 0
        SCAN 0 COUNT -1
        SCAN 0 COUNT abc
        SCAN 0 COUNT
        SCAN 0 MATCH
        SCAN 0 BAD
        SCAN 0 BAD x
        SCAN 0 COUNT abc BAD x
        SCAN 0 COUNT 1.0
        SCAN 0 COUNT 9223372036854775808
        SCAN
        SCAN abc
        SCAN ' 0'
        SCAN 0x1
        SCAN 1a
        SCAN 99999999999999999999
    """,
    "transactions": r"""
        EXEC
        DISCARD
        MULTI
        MULTI
        SET a 1
        GET a
        INCR a
        EXEC
        GET a
        MULTI
        EXEC
        MULTI
        SET a 5
        DISCARD
        GET a
        MULTI
        SET a
        SET a 6
        EXEC
        GET a
        MULTI
        NOSUCH a
        GET a
        EXEC
        MULTI
        GET a
        DISCARD x
        EXEC
        MULTI
        EXEC x
        EXEC
        MULTI
        MULTI x
        EXEC
        MULTI
        MULTI
        GET a
        EXEC
        MULTI
        WATCH a
        GET a
        EXEC
        MULTI
        WATCH
        EXEC
        MULTI
        UNWATCH
        PING
        ECHO hi
        SELECT 1
        SET a one
        GET a
        SELECT 99
        INCR a
        EXEC
        GET a
        SELECT 0
        GET a
        MULTI
        SET a text
        INCR a
        SET a 7
        EXEC
        GET a
        MULTI
        FLUSHALL
        DBSIZE
        EXEC
        MULTI
        KEYS *
        GETEX none
        MGET a b
        EXISTS a
        SET none 1 XX
        TYPE a
        EXEC
        MULTI
        RESET
        EXEC
        MULTI x
        WATCH
        UNWATCH x
        EXEC x
        DISCARD x
    """,
    "watched keys": r"""
        SET a 1
        WATCH a
        GET a
        MULTI
        INCR a
        EXEC
        WATCH a
        2: SET a 5
        MULTI
        INCR a
        EXEC
        GET a
        WATCH a
        2: GET a
        2: TOUCH a
        MULTI
        INCR a
        EXEC
        WATCH a
        2: SET a 6
        UNWATCH
        MULTI
        INCR a
        EXEC
        WATCH a
        2: SET a 6
        MULTI
        INCR a
        DISCARD
        MULTI
        INCR a
        EXEC
        WATCH none
        2: SET other 1
        MULTI
        SET none 1
        EXEC
        GET none
        DEL none
        WATCH none
        2: SET none 5
        MULTI
        SET none 1
        EXEC
        DEL none
        WATCH none
        2: SET none 5
        2: DEL none
        MULTI
        SET none 1
        EXEC
        GET none
        DEL none
        WATCH none
        2: DEL none
        MULTI
        PING
        EXEC
        WATCH a
        SET a 8
        MULTI
        PING
        EXEC
        WATCH a
        2: EXPIRE a 1000
        MULTI
        PING
        EXEC
        WATCH a
        2: PERSIST a
        MULTI
        PING
        EXEC
        WATCH a
        2: PERSIST a
        MULTI
        PING
        EXEC
        WATCH a
        2: DEL a
        2: SET a 8
        MULTI
        PING
        EXEC
        WATCH a
        2: RENAME a b
        2: RENAME b a
        MULTI
        PING
        EXEC
        WATCH a
        2: RENAME a a
        MULTI
        PING
        EXEC
        WATCH a
        2: APPEND a ''
        MULTI
        PING
        EXEC
        WATCH a
        2: SETRANGE a 0 ''
        MULTI
        PING
        EXEC
        WATCH a
        2: SET a 9 NX
        MULTI
        PING
        EXEC
        WATCH a
        2: GETEX a
        MULTI
        PING
        EXEC
        WATCH a
        2: GETEX a EX 1000
        MULTI
        PING
        EXEC
        WATCH a
        2: INCRBY a 0
        MULTI
        PING
        EXEC
        WATCH a
        2: SET a 8 GET
        MULTI
        PING
        EXEC
        WATCH a
        2: COPY a c
        MULTI
        PING
        EXEC
        WATCH a
        2: MSET x 1 a 2
        MULTI
        PING
        EXEC
        WATCH a
        2: FLUSHDB
        MULTI
        PING
        EXEC
        WATCH a
        2: FLUSHALL
        MULTI
        PING
        EXEC
        WATCH a b c
        2: SET c 1
        MULTI
        PING
        EXEC
        WATCH a a a
        MULTI
        PING
        EXEC
        SET a 1
        WATCH a
        2: SELECT 1
        2: SET a other
        SELECT 1
        MULTI
        GET a
        EXEC
        SELECT 0
        WATCH a
        2: SWAPDB 0 1
        MULTI
        PING
        EXEC
        WATCH a
        2: SWAPDB 2 3
        MULTI
        PING
        EXEC
        WATCH none
        2: SWAPDB 0 1
        2: SWAPDB 0 1
        MULTI
        PING
        EXEC
        WATCH a
        2: SWAPDB 0 1
        2: SWAPDB 0 1
        MULTI
        PING
        EXEC
        WATCH a
        2: SWAPDB 0 0
        MULTI
        PING
        EXEC
        WATCH none
        2: FLUSHDB
        MULTI
        PING
        EXEC
        WATCH none
        2: FLUSHDB
        2: SET none 1
        2: FLUSHDB
        MULTI
        PING
        EXEC
        SET a 1
        WATCH a
        2: FLUSHDB
        2: SET a 1
        MULTI
        PING
        EXEC
        WATCH a
        DEL a
        DBSIZE
        UNWATCH
        WATCH a
        2: RESET
        RESET
        SET a 1
        WATCH a
        MULTI
        SET a
        EXEC
        2: SELECT 0
        2: SET a 5
        MULTI
        PING
        EXEC
    """,
    "connections": r"""
        PING
        PING hi
        PING ''
        PING a b
        ping
        ECHO hi
        ECHO
        ECHO a b
        NOSUCH
        NOSUCH a b
        NOSUCH '\r\n' b
        '' a
        'no\r\nsuch' a
        AUTH x
        AUTH default x
        AUTH nobody x
        AUTH
        AUTH a b c
        HELLO 1
        HELLO 4
        HELLO abc
        HELLO ''
        HELLO 2 BAD
        HELLO 2 AUTH
        HELLO 2 AUTH x
        HELLO 2 SETNAME
        HELLO 2 SETNAME 'a b'
        HELLO 2 AUTH nobody x
        SET a 1
        SELECT 1
        RESET
        GET a
        RESET x
        GET a
        TIME x
        DBSIZE
        SELECT 1
        QUIT
    """,
}

INLINE = [
    b"PING\r\n", b"PING\n", b"  PING  \r\n", b"\r\nPING\r\n", b"\n\n\nPING\r\n", b"   \r\nPING\r\n", b"PING\thi\r\n", b"ECHO hello\r\n", b'ECHO "hello world"\r\n', b"ECHO 'hello world'\r\n",
    b'ECHO "a\\nb\\r\\t\\b\\a\\x41\\xff\\q\\\\\\""\r\n', b"ECHO 'a\\nb\\'c'\r\n", b'ECHO "\\x4"\r\n', b'ECHO "\\xzz"\r\n', b'ECHO ""\r\n', b"ECHO ''\r\n", b'ECHO a"b c"\r\n', b"ECHO a'b c'\r\n",
    b'ECHO "a"b\r\nPING\r\n', b"ECHO 'a'b\r\nPING\r\n", b'ECHO "a\r\nPING\r\n', b"ECHO 'a\r\nPING\r\n", b'ECHO "a\\"\r\nPING\r\n', b"ECHO a\\b\r\n", b"SET a 1\r\nGET a\r\n", b"SET a\r\n", b"nosuch a b\r\n",
    b"nosuch 'a b'\r\n", b"GET \xff\xfe\r\n", b'SET "\\x00\\r\\n" "\\x01"\r\nKEYS *\r\n', b"PING\r\r\n", b"PING a\rb\r\n", b"MULTI\r\nPING\r\nEXEC\r\n",
    b"*1\r\n$4\r\nPING\r\nPING\r\n*1\r\n$4\r\nPING\r\n", b"ECHO\x0bx\r\n", b"ECHO \x0cx\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\n\r\nSET a 1\r\n", b"Host: a\r\nSET a 1\r\n", b"post a\r\nPING\r\n",
]

BROKEN = [
    b"*0\r\nPING\r\n", b"*-1\r\nPING\r\n", b"*-10\r\nPING\r\n", b"*\r\nPING\r\n", b"*a\r\nPING\r\n", b"*1x\r\nPING\r\n", b"* 1\r\nPING\r\n", b"*+1\r\nPING\r\n", b"*01\r\n$4\r\nPING\r\n",
    b"*99999999999999999999\r\n", b"*2147483648\r\n", b"*1\r\nPING\r\n", b"*1\r\n:4\r\nPING\r\n", b"*1\r\n\r\nPING\r\n", b"*1\r\n$\r\nPING\r\n", b"*1\r\n$a\r\nPING\r\n", b"*1\r\n$-1\r\nPING\r\n",
    b"*1\r\n$+4\r\nPING\r\n", b"*1\r\n$04\r\nPING\r\n", b"*1\r\n$99999999999\r\nPING\r\n", b"*1\r\n$4 \r\nPING\r\n", b"*1\r\n$0\r\n\r\nPING\r\n", b"*1\r\n*1\r\n$4\r\nPING\r\n",
    b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", b"*2\r\n$4\r\nECHO\r\n+hi\r\nPING\r\n", b"*1\r\n$4\r\nPING\r\n*1\r\n$-5\r\nPING\r\n", b"$4\r\nPING\r\n", b"+PING\r\n", 
    b"*1\n$4\r\nPING\r\n", b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$-1\r\n", b"x" * 70_000, b"*" + b"1" * 70_000,
]


def words_of(line):
    return [word.encode("latin-1").decode("unicode_escape").encode("latin-1") for word in shlex.split(line)]


def close_enough(words, ours, theirs):
    if ours == theirs:
        return True
    if words[0].upper() not in RUNNING or not (ours.startswith(b":") and theirs.startswith(b":")):
        return False
    ours, theirs = int(ours[1:-2]), int(theirs[1:-2])
    unit = 1000 if words[0].upper().startswith(b"P") else 1
    return min(ours, theirs) > 0 and abs(ours - theirs) <= SECONDS_OF_LAG * unit


def in_order(value):
    if isinstance(value, list):
        return sorted((in_order(each) for each in value), key=repr)
    return value


class Pair:
    """The same two connections to each of both."""

    def __init__(self, addresses, protocol):
        self.talks = [[Talk(address) for address in addresses] for _ in range(2)]
        self.protocol = protocol
        for talks in self.talks:
            for talk in talks:
                if protocol == 3:
                    talk.ask("HELLO", "3")
        for talk in self.talks[0]:
            talk.ask("FLUSHALL")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for talks in self.talks:
            for talk in talks:
                talk.close()

    def ask(self, words, connection=0):
        """Both replies: ours, and that of Redis."""
        for talk in self.talks[connection]:
            talk.send(request(*words))
        return [talk.read_reply() for talk in self.talks[connection]]


class Compared(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.redis = RedisServer()
        cls.addClassCleanup(cls.redis.stop)
        cls.proxy = Sidecache("http://127.0.0.1:9", "--query", "127.0.0.1:0")
        cls.addClassCleanup(cls.proxy.stop)
        cls.addresses = [cls.proxy.query_address, cls.redis.address]

    def pair(self, protocol):
        return Pair(self.addresses, protocol)

    def differences_of(self, script, protocol):
        found = []
        with self.pair(protocol) as pair:
            for line in filter(None, (line.strip() for line in script.splitlines())):
                rest = line
                connection = 1 if rest.startswith("2: ") else 0
                rest = rest[3:] if connection else rest
                is_sorted = rest.startswith("sorted: ")
                words = words_of(rest[len("sorted: ") :] if is_sorted else rest)
                ours, theirs = pair.ask(words, connection)
                is_same = close_enough(words, ours, theirs) or (is_sorted and in_order(value_of(ours)) == in_order(value_of(theirs)))
                if not is_same:
                    found.append(f"{line}\n  ours:  {ours}\n  Redis: {theirs}")
        return found


class TheTable(Compared):
    """Of commands, options, errors and edges."""

    def assert_same_as_redis(self, name):
        for protocol in (2, 3):
            with self.subTest(name=name, protocol=protocol):
                found = self.differences_of(TABLE[name], protocol)
                self.assertFalse(found, "\n" + "\n".join(found))


def _add_tests():
    for name in TABLE:
        def test(self, name=name):
            self.assert_same_as_redis(name)

        setattr(TheTable, "test_is_answered_as_by_redis_for_" + re.sub(r"\W+", "_", name).lower(), test)


_add_tests()


BEHIND_A_PASSWORD = r"""
    GET a
    SET a
    PING
    MULTI
    DISCARD
    WATCH a
    UNWATCH
    SELECT 1
    COMMAND
    CLIENT ID
    HELLO
    HELLO 3
    HELLO 4
    HELLO abc
    HELLO 3 AUTH default wrong
    HELLO 3 AUTH nobody secret
    HELLO 3 SETNAME me
    HELLO 3 BAD
    AUTH
    AUTH wrong
    AUTH ''
    AUTH default wrong
    AUTH nobody secret
    AUTH default secret x
    RESET
    GET a
    AUTH secret
    GET a
    AUTH wrong
    GET a
    AUTH default secret
    SET a 1
    MULTI
    AUTH wrong
    AUTH secret
    GET a
    EXEC
    MULTI
    RESET
    GET a
    2: AUTH default secret
    2: GET a
    2: HELLO 2 AUTH default wrong
    2: GET a
    2: QUIT
"""


class BehindAPassword(Compared):
    @classmethod
    def setUpClass(cls):
        cls.redis = RedisServer(requirepass="secret")
        cls.addClassCleanup(cls.redis.stop)
        cls.proxy = Sidecache("http://127.0.0.1:9", "--query", "127.0.0.1:0", "--set", "query.password=secret")
        cls.addClassCleanup(cls.proxy.stop)
        cls.addresses = [cls.proxy.query_address, cls.redis.address]

    def test_is_answered_as_by_redis(self):
        found = self.differences_of(BEHIND_A_PASSWORD, 2)
        self.assertFalse(found, "\n" + "\n".join(found))


class WhatIsSent(Compared):
    def all_that_comes(self, address, octets):
        """Until the other side has ended, which it does of itself where it breaks off."""
        with Talk(address) as talk:
            try:
                talk.send(octets)
                talk.end_sending()
            except (BrokenPipeError, ConnectionResetError, OSError):
                pass
            replies = []
            try:
                while True:
                    replies.append(talk.read_reply())
            except (Ended, ConnectionResetError):
                return replies

    def assert_same(self, pieces):
        found = []
        for octets in pieces:
            for address in self.addresses:
                with Talk(address) as talk:
                    talk.ask("FLUSHALL")
            ours, theirs = (self.all_that_comes(address, octets) for address in self.addresses)
            with Talk(self.addresses[0]) as our, Talk(self.addresses[1]) as their:
                held = our.ask("GET", "a"), their.ask("GET", "a")
            if ours != theirs or held[0] != held[1]:
                found.append(f"{octets[:100]}\n  ours:  {ours} {held[0]}\n  Redis: {theirs} {held[1]}")
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_as_a_line_is_read_as_redis_reads_it(self):
        self.assert_same(INLINE)

    def test_and_cannot_be_read_is_answered_as_by_redis(self):
        self.assert_same(BROKEN)


class AWalk(Compared):
    """At random, with a seed, over few keys."""

    KEYS = [b"a", b"b", b"c", b"", b"k\x00\xff\r\n", b"a:1"]
    NUMBERS = [b"0", b"1", b"-1", b"7", b"-3", b"10", b"9223372036854775807", b"-9223372036854775808", b"1.5", b"1e3", b"+1", b"01", b" 1", b"x", b""]
    FAR = [b"1000", b"2000", b"100000"]
    PATTERNS = [b"*", b"a*", b"?", b"[a-c]", b"[^a]*", b"*\\*", b"*\xff*", b"", b"k?\xff*"]

    def commands(self, chance):
        key = lambda: chance.choice(self.KEYS)
        number = lambda: chance.choice(self.NUMBERS)
        far = lambda: chance.choice(self.FAR)
        index = lambda: str(chance.randint(-12, 12)).encode()

        def value():
            kind = chance.randrange(4)
            if kind == 0:
                return number()
            return chance.randbytes(chance.choice((0, 1, 5, 30, 200))) if kind < 3 else str(chance.randint(-100, 100)).encode()

        def expiry():
            return chance.choice([[], [], [b"EX", far()], [b"PX", far() + b"000"], [b"EXAT", b"4000000000"], [b"PXAT", b"4000000000123"], [b"KEEPTTL"]])

        def pairs():
            return [word for _ in range(chance.randint(1, 3)) for word in (key(), value())]

        def keys():
            return [key() for _ in range(chance.randint(1, 3))]

        makers = [
            lambda: [b"GET", key()], lambda: [b"GET", key()], lambda: [b"SET", key(), value()], lambda: [b"SET", key(), value(), *expiry(), *chance.choice([[], [b"NX"], [b"XX"], [b"GET"], [b"NX", b"GET"]])],
            lambda: [b"MGET", *keys()], lambda: [b"MSET", *pairs()], lambda: [b"MSETNX", *pairs()], lambda: [b"SETEX", key(), far(), value()], lambda: [b"PSETEX", key(), far() + b"000", value()],
            lambda: [b"SETNX", key(), value()], lambda: [b"GETSET", key(), value()], lambda: [b"GETDEL", key()], lambda: [b"GETEX", key(), *chance.choice([[], [b"PERSIST"], [b"EX", far()], [b"PXAT", b"4000000000456"]])],
            lambda: [b"APPEND", key(), value()], lambda: [b"STRLEN", key()], lambda: [b"GETRANGE", key(), index(), index()], lambda: [b"SETRANGE", key(), index(), value()],
            lambda: [b"INCR", key()], lambda: [b"DECR", key()], lambda: [b"INCRBY", key(), number()], lambda: [b"DECRBY", key(), number()], lambda: [b"INCRBYFLOAT", key(), number()],
            lambda: [b"DEL", *keys()], lambda: [b"UNLINK", *keys()], lambda: [b"EXISTS", *keys()], lambda: [b"TOUCH", *keys()], lambda: [b"TYPE", key()], lambda: [b"RENAME", key(), key()],
            lambda: [b"RENAMENX", key(), key()], lambda: [b"COPY", key(), key(), *chance.choice([[], [b"REPLACE"], [b"DB", b"1"], [b"DB", b"2", b"REPLACE"]])],
            lambda: [b"KEYS", chance.choice(self.PATTERNS)], lambda: [b"SCAN", b"0", b"COUNT", b"1000", b"MATCH", chance.choice(self.PATTERNS)], lambda: [b"DBSIZE"],
            lambda: [chance.choice((b"EXPIRE", b"EXPIREAT", b"PEXPIREAT", b"PEXPIRE")), key(), chance.choice((b"4000000000", b"-5", b"x")), *chance.choice([[], [b"NX"], [b"XX"], [b"GT"], [b"LT"]])],
            lambda: [b"EXPIRE", key(), far()], lambda: [b"PERSIST", key()], lambda: [chance.choice(sorted(RUNNING)), key()],
            lambda: [b"SELECT", chance.choice((b"0", b"1", b"2"))], lambda: [b"SWAPDB", chance.choice((b"0", b"1")), chance.choice((b"1", b"2"))],
            lambda: [b"MULTI"], lambda: [b"EXEC"], lambda: [b"EXEC"], lambda: [b"DISCARD"], lambda: [b"WATCH", *keys()], lambda: [b"UNWATCH"],
            lambda: [chance.choice((b"FLUSHDB", b"FLUSHALL", b"PING", b"NOSUCH", b"GET", b"RESET"))], lambda: [b"ECHO", value()],
        ]
        while True:
            yield chance.choice(makers)()

    def assert_walks_alike(self, seed, protocol):
        chance = random.Random(seed)
        commands = self.commands(chance)
        with self.pair(protocol) as pair:
            queued = [[], []]
            told = []
            step = 0
            while step < STEPS:
                connection = chance.randrange(2)
                batch = [next(commands) for _ in range(chance.randint(1, 40))]
                step += len(batch)
                replies = []
                for talk in pair.talks[connection]:
                    talk.send(b"".join(request(*words) for words in batch))
                for words in batch:
                    ours, theirs = (talk.read_reply() for talk in pair.talks[connection])
                    told.append(f"{connection}: {words}")
                    replies.append((words, ours, theirs))
                for words, ours, theirs in replies:
                    if not self.are_alike(words, queued[connection], ours, theirs):
                        self.fail(f"seed {seed}, RESP{protocol}, {words}:\n  ours:  {ours}\n  Redis: {theirs}\nbefore it:\n" + "\n".join(told[-80:]))
                    self.follow(words, queued[connection], theirs)

    @staticmethod
    def follow(words, queued, reply):
        """Which commands are queued now."""
        if reply == b"+QUEUED\r\n":
            queued.append(words)
        elif words[0] in (b"EXEC", b"DISCARD", b"RESET"):
            queued.clear()

    def are_alike(self, words, queued, ours, theirs):
        if ours == theirs or close_enough(words, ours, theirs):
            return True
        if words[0] in (b"KEYS", b"SCAN"):
            return in_order(value_of(ours)) == in_order(value_of(theirs))
        if words[0] != b"EXEC" or not (ours.startswith(b"*") and theirs.startswith(b"*")):
            return False
        ours, theirs = value_of(ours), value_of(theirs)
        if ours is None or theirs is None or len(ours) != len(theirs) or len(ours) != len(queued):
            return False
        return all(self.is_item_alike(words, one, other) for words, one, other in zip(queued, ours, theirs))

    @staticmethod
    def is_item_alike(words, ours, theirs):
        if words[0] in (b"KEYS", b"SCAN"):
            return in_order(ours) == in_order(theirs)
        if words[0] in RUNNING and isinstance(ours, int) and isinstance(theirs, int):
            return close_enough(words, b":%d\r\n" % ours, b":%d\r\n" % theirs)
        return ours == theirs

    def test_is_the_same_in_resp2(self):
        self.assert_walks_alike(20_260_601, 2)

    def test_is_the_same_in_resp3(self):
        self.assert_walks_alike(7, 3)

    def test_is_the_same_whatever_the_seed(self):
        for seed in range(1, 4):
            with self.subTest(seed=seed):
                self.assert_walks_alike(seed, 2 + seed % 2)


class Floats(Compared):
    def test_are_added_and_written_as_redis_does(self):
        chance = random.Random(5)
        found = []
        with self.pair(2) as pair:
            for _ in range(400):
                number = chance.choice([repr(chance.uniform(-1e3, 1e3)), repr(struct.unpack("d", chance.randbytes(8))[0]), str(chance.randint(-10**18, 10**18)), f"{chance.uniform(-1, 1):.{chance.randint(0, 20)}f}"])
                start = chance.choice(["0", "0.1", "1e5", "-3.25", "12345678901234567"])
                pair.ask([b"SET", b"f", start.encode()])
                ours, theirs = pair.ask([b"INCRBYFLOAT", b"f", number.encode()])
                if ours != theirs:
                    found.append(f"{start} + {number}: {ours} {theirs}")
        self.assertFalse(found, "\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()
