"""The query door: what is whole whoever asks at once, its limits and deadlines, the memory that it shares, its end, its metrics."""

import os
import random
import re
import stat
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness import PATIENCE, ok, wait_until
from harness.query import Ended, QueryScenario, Refusal, Talk, request, value_of

FRESH = ("Cache-Control", "max-age=600")
OK = b"+OK\r\n"
KIB = 1024
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "query.md"


def set_keys(**keys):
    """Flags for keys of `query`, with _ for the dots."""
    return [word for name, value in keys.items() for word in ("--set", f"query.{name.replace('_', '.')}={value}")]


class AtOnce(QueryScenario):
    """Many clients at four workers."""

    workers = 4
    clients = 8

    def each(self, function):
        """`function(number, talk)` by as many threads as there are clients, which begin together; what they returned."""
        begin = threading.Barrier(self.clients)
        talks = [self.talk() for _ in range(self.clients)]

        def run(number):
            begin.wait(PATIENCE)
            return function(number, talks[number])

        return [thread.result() for thread in [self.in_background(run, number) for number in range(self.clients)]]

    def send_at_once(self, scripts):
        """One list of commands for each client, made before any is sent so that they meet; each client's replies."""
        octets = [b"".join(request(*words) for words in script) for script in scripts]
        return self.each(lambda number, talk: talk.send(octets[number]) or [talk.read_reply() for _ in scripts[number]])

    def test_counters_are_exact_whichever_worker_adds(self):
        self.each(lambda number, talk: [talk.ask_all([("INCR", "one"), ("INCRBY", "three", 3), ("INCRBYFLOAT", "half", "0.5")] * 20) for _ in range(10)])
        with Talk(self.proxy.query_address) as talk:
            count = self.clients * 200
            self.assertEqual(talk.value("MGET", "one", "three", "half"), [b"%d" % count, b"%d" % (3 * count), b"%d" % (count // 2)])

    def test_no_addition_is_lost_beside_appending_elsewhere(self):
        self.each(lambda number, talk: [talk.ask_all([("APPEND", "text", "x"), ("APPEND", f"own{number}", "y")] * 20) for _ in range(10)])
        with Talk(self.proxy.query_address) as talk:
            self.assertEqual(talk.value("STRLEN", "text"), self.clients * 200)
            self.assertEqual(talk.value("STRLEN", "own0"), 200)

    def test_set_nx_elects_exactly_one(self):
        # Two meet seldom: many keys, and replies of the same length, counted by their octets.
        count = 10_000
        for words, won, lost in ((("SET", "v", "NX"), OK, b"$-1\r\n"), (("SETNX", "v"), b":1\r\n", b":0\r\n"), (("MSETNX", "v"), b":1\r\n", b":0\r\n")):
            with Talk(self.proxy.query_address) as talk:
                talk.ask("FLUSHALL")
            octets = b"".join(request(words[0], f"key{each}", *words[1:]) for each in range(count))
            replies = self.each(lambda number, talk: talk.send(octets) or talk.receive(len(won) * count))
            self.assertEqual([sum(each.count(reply) for each in replies) for reply in (won, lost)], [count, count * (self.clients - 1)], words)

    def test_who_was_elected_is_there(self):
        replies = self.each(lambda number, talk: talk.ask_all([("SET", f"election{each}", number, "NX") for each in range(200)]))
        with Talk(self.proxy.query_address) as talk:
            for each in range(200):
                winners = [b"%d" % number for number in range(self.clients) if replies[number][each] == OK]
                self.assertEqual(winners, [talk.value("GET", f"election{each}")])

    def test_of_several_who_delete_a_key_one_did(self):
        count = 10_000
        for verb in ("DEL", "UNLINK") * 3:
            with Talk(self.proxy.query_address) as talk:
                talk.ask("MSET", *[word for each in range(count) for word in (f"key{each}", "v")])
            octets = b"".join(request(verb, f"key{each}") for each in range(count))
            replies = self.each(lambda number, talk: talk.send(octets) or talk.receive(4 * count))
            self.assertEqual(sum(each.count(b":1\r\n") for each in replies), count, verb)
            self.assertEqual(sum(each.count(b":0\r\n") for each in replies), count * (self.clients - 1), verb)

    def test_a_deletion_counts_although_the_key_is_written_meanwhile(self):
        with Talk(self.proxy.query_address) as talk:
            talk.ask("SET", "key", "v")

        def run(number, talk):
            # Nobody else deletes: what was there at the one deletion, or the next write, was there to be deleted.
            if number == 0:
                return [value for _ in range(20) for value in talk.ask_all([("DEL", "key"), ("SET", "key", "v")] * 20)[::2]]
            return talk.ask_all([("SET", "key", "v")] * 400)

        self.assertEqual(set(self.each(run)[0]), {b":1\r\n"})

    def test_counters_in_watched_transactions_are_exact(self):
        def add(_, talk):
            lost = 0
            for _ in range(30):
                while True:
                    talk.ask("WATCH", "counter")
                    before = int(talk.value("GET", "counter") or 0)
                    talk.ask_all([("MULTI",), ("SET", "counter", before + 1)])
                    if talk.value("EXEC") is not None:
                        break
                    lost += 1
            return lost

        lost = self.each(add)
        with Talk(self.proxy.query_address) as talk:
            self.assertEqual(talk.value("GET", "counter"), b"%d" % (30 * self.clients), f"{lost} were tried again")

    def test_a_key_that_comes_and_goes_is_noticed_by_who_watches_it(self):
        def run(number, talk):
            if number < 2:
                return [talk.ask_all([("SET", "gone", "1"), ("DEL", "gone")] * 10) for _ in range(60)]
            done = []
            for _ in range(60):
                talk.ask("WATCH", "gone")
                seen = talk.value("GET", "gone")
                found = talk.value(*("MULTI",)) and talk.value("GET", "gone") and talk.value("EXEC")
                done.append(found is None or found == [seen])
            return done

        for done in self.each(run)[2:]:
            self.assertTrue(all(done))

    def test_what_is_written_together_is_never_seen_half(self):
        names = [f"k{each}" for each in range(40)]
        together = [("MSET", *[word for name in names for word in (name, value)]) for value in range(400)]
        one_by_one = [words for value in range(1000, 1060) for words in (("MULTI",), *[("SET", name, value) for name in names], ("EXEC",))]
        read = [("MGET", *names)] * 400
        read_one_by_one = [("MULTI",), *[("GET", name) for name in names], ("EXEC",)] * 60
        for _ in range(3):
            replies = self.send_at_once([together, one_by_one, [("DEL", *names)] * 200, read, read, read, read_one_by_one, read_one_by_one])
            seen = [reply for each in replies[3:6] for reply in each] + [reply for each in replies[6:] for reply in each[len(names) + 1 :: len(names) + 2]]
            for reply in seen:
                self.assertEqual(len(set(value_of(reply))), 1, reply)

    def test_nothing_comes_between_the_commands_of_a_transaction(self):
        transactions = [("MULTI",), *[("INCR", "n")] * 10, ("EXEC",)] * 400
        for replies in self.send_at_once([[("INCR", "n")] * 4000] * 4 + [transactions] * 4)[4:]:
            for each in map(value_of, replies[11::12]):
                self.assertEqual(each, list(range(each[0], each[0] + 10)))

    def test_a_watched_transaction_that_was_done_was_alone(self):
        replies = self.send_at_once([[("WATCH", "n"), ("MULTI",), ("INCR", "n"), ("INCR", "n"), ("EXEC",)] * 600] * self.clients)
        done = sum(value_of(reply) is not None for each in replies for reply in each[4::5])
        with Talk(self.proxy.query_address) as talk:
            self.assertEqual(talk.value("GET", "n"), b"%d" % (2 * done))

    def test_databases_change_places_whole(self):
        with Talk(self.proxy.query_address) as talk:
            talk.ask_all([("MSET", "a", "0", "b", "0"), ("SELECT", 1), ("MSET", "a", "1", "b", "1")])

        def run(number, talk):
            if number == 0:
                return [talk.ask_all([("SWAPDB", 0, 1)] * 10) for _ in range(50)]
            return [value_of(reply) for _ in range(50) for reply in talk.ask_all([("MGET", "a", "b")] * 10)]

        for seen in self.each(run)[1:]:
            self.assertTrue(all(a == b and a is not None for a, b in seen), seen)

    def test_a_flush_leaves_nothing_that_was_before_it(self):
        def run(number, talk):
            if number == 0:
                return [value_of(talk.ask_all([("MULTI",), ("FLUSHDB",), ("DBSIZE",), ("KEYS", "*"), ("EXEC",)])[-1]) for _ in range(50)]
            return [talk.ask_all([("SET", f"{number}.{each}", "v") for each in range(50)]) for _ in range(20)]

        self.assertEqual(self.each(run)[0], [[b"OK", 0, []]] * 50)

    def test_what_one_client_wrote_another_reads_at_once(self):
        one, other = self.talk(), [self.talk() for _ in range(8)]
        for number in range(100):
            one.ask("SET", "a", number)
            self.assertEqual({talk.value("GET", "a") for talk in other}, {b"%d" % number})

    def test_a_walk_shows_once_what_is_there_throughout(self):
        with Talk(self.proxy.query_address) as talk:
            talk.ask_all([("SET", f"stays{each}", "v") for each in range(3000)])

        def run(number, talk):
            if number < 4:
                return [talk.ask_all([(verb, f"goes{number}.{each}", *value) for each in range(100) for verb, *value in (("SET", "v"), ("DEL",))] + [("SET", f"stays{each}", "w") for each in range(0, 3000, 50)]) for _ in range(10)]
            shown, cursor = [], b"0"
            while True:
                cursor, names = talk.value("SCAN", cursor, "COUNT", 50, "MATCH", "stays*")
                shown += names
                if cursor == b"0":
                    return shown

        for shown in self.each(run)[4:]:
            self.assertEqual(sorted(shown), sorted(b"stays%d" % each for each in range(3000)))


class ALot(QueryScenario):
    def test_ten_thousand_commands_at_once_are_answered_in_order(self):
        talk = self.talk()
        talk.send(b"".join(request("INCR", "n") for _ in range(10_000)))
        self.assertEqual([talk.read_reply() for _ in range(10_000)], [b":%d\r\n" % (each + 1) for each in range(10_000)])

    def test_replies_that_fill_every_buffer_come_whole_while_more_is_sent(self):
        value = random.Random(1).randbytes(3000)
        talk = self.talk()
        talk.ask("SET", "a", value)
        sending = self.in_background(talk.send, b"".join(request("GET", "a") + b"PING\r\n" for _ in range(3000)))
        for _ in range(3000):
            self.assertEqual(talk.read_reply(), b"$3000\r\n" + value + b"\r\n")
            self.assertEqual(talk.read_reply(), b"+PONG\r\n")
        sending.result()

    def test_a_value_of_five_mebioctets_is_given_back_as_it_was(self):
        value = random.Random(2).randbytes(5 << 20)
        talk = self.talk()
        self.assertEqual(talk.ask("SET", "a", value), OK)
        self.assertEqual(talk.value("GET", "a"), value)
        self.assertEqual(talk.value("STRLEN", "a"), len(value))
        self.assertEqual(talk.value("GETRANGE", "a", -3, -1), value[-3:])
        self.assertEqual(talk.ask_all([("SET", "b", value), ("GET", "b"), ("PING",)])[1:], [b"$%d\r\n" % len(value) + value + b"\r\n", b"+PONG\r\n"])

    def test_octets_may_come_one_at_a_time(self):
        talk = self.talk()
        for octet in request("SET", "a", b"\r\n$1") + request("GET", "a") + b'ECHO "two words"\r\n' + b"\r\n" + request("PING"):
            talk.send(bytes([octet]))
        self.assertEqual([talk.read_reply() for _ in range(4)], [OK, b"$4\r\n\r\n$1\r\n", b"$9\r\ntwo words\r\n", b"+PONG\r\n"])

    def test_thousands_of_arguments_are_taken(self):
        talk = self.talk()
        names = [f"k{each}" for each in range(10_000)]
        self.assertEqual(talk.ask("MSET", *[word for name in names for word in (name, name)]), OK)
        self.assertEqual(talk.value("MGET", *names), [name.encode() for name in names])
        self.assertEqual(talk.value("DEL", *names), 10_000)


class BehindAPassword(QueryScenario):
    arguments = set_keys(password="secret")

    def test_nothing_is_answered_before_it(self):
        talk = self.talk()
        for words in (("GET", "a"), ("SET", "a", "1"), ("PING",), ("MULTI",), ("EXEC",), ("INFO",), ("NOSUCH",), ("CLIENT", "ID"), ("FLUSHALL",), ("EVAL", "x", 0), ("SELECT", 1), ("HELLO",), ("HELLO", 3)):
            self.assert_refused(talk.ask(*words), "NOAUTH ")
        self.assertEqual(talk.ask("AUTH", "secret"), OK)
        self.assertEqual(talk.value("DBSIZE"), 0)

    def test_it_is_given_by_auth(self):
        for words in (("AUTH", "secret"), ("AUTH", "default", "secret")):
            talk = self.talk()
            self.assertEqual(talk.ask_all([words, ("PING",)]), [OK, b"+PONG\r\n"])

    def test_it_is_given_by_hello(self):
        talk = self.talk()
        self.assertEqual(talk.value("HELLO", 3, "AUTH", "default", "secret", "SETNAME", "me")[b"proto"], 3)
        self.assertEqual(talk.value("CLIENT", "GETNAME"), b"me")

    def test_another_one_is_refused(self):
        talk = self.talk()
        for words in (("AUTH", "wrong"), ("AUTH", ""), ("AUTH", "secret2"), ("AUTH", "secre"), ("AUTH", "default", "wrong"), ("AUTH", "root", "secret"), ("HELLO", 3, "AUTH", "default", "wrong"), ("HELLO", 2, "AUTH", "root", "secret")):
            self.assert_refused(talk.ask(*words), "WRONGPASS ")
            self.assert_refused(talk.ask("GET", "a"), "NOAUTH ")

    def test_another_one_does_not_take_back_what_was_given(self):
        talk = self.talk()
        self.assertEqual(talk.ask("AUTH", "secret"), OK)
        self.assert_refused(talk.ask("AUTH", "wrong"), "WRONGPASS ")
        self.assertEqual(talk.ask("PING"), b"+PONG\r\n")

    def test_it_is_asked_for_again_after_reset(self):
        talk = self.talk()
        self.assertEqual(talk.ask_all([("AUTH", "secret"), ("RESET",)]), [OK, b"+RESET\r\n"])
        self.assert_refused(talk.ask("GET", "a"), "NOAUTH ")

    def test_before_it_only_little_is_listened_to(self):
        for octets in (b"*11\r\n", b"*1\r\n$16385\r\n", b"*1000000\r\n", b"*1\r\n$33554432\r\n"):
            talk = self.talk()
            talk.send(octets)
            self.assert_refused(talk.read_reply(), "ERR Protocol error")
            self.assertTrue(talk.is_closed_by_peer())

    def test_what_comes_behind_it_at_once_may_be_large(self):
        talk = self.talk()
        value = b"x" * 300_000
        self.assertEqual(talk.ask_all([("AUTH", "secret"), ("SET", "a", value), ("MGET", *["a"] * 20)])[:2], [OK, OK])

    def test_quit_needs_none(self):
        talk = self.talk()
        self.assertEqual(talk.ask("QUIT"), OK)
        self.assertTrue(talk.is_closed_by_peer())


class Limits(QueryScenario):
    arguments = set_keys(value="1KiB", request="64KiB", arguments=16, transaction="1KiB", reply="64KiB", watches=2, databases=2)

    def assert_broken(self, octets, problem):
        """Refused, and closed."""
        talk = self.talk()
        talk.send(octets)
        self.assertEqual(talk.read_reply(), b"-ERR Protocol error: " + problem + b"\r\n")
        self.assertTrue(talk.is_closed_by_peer())

    def test_a_value_just_within_is_taken(self):
        self.assertEqual(self.talk().ask_all([("SET", "a", b"x" * 1024), ("STRLEN", "a")]), [OK, b":1024\r\n"])

    def test_a_larger_argument_ends_the_connection(self):
        self.assert_broken(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1025\r\n", b"invalid bulk length")
        self.assert_broken(b"*1\r\n$9223372036854775807\r\n", b"invalid bulk length")

    def test_a_value_does_not_grow_larger(self):
        talk = self.talk()
        talk.ask("SET", "a", b"x" * 1000)
        for words in (("APPEND", "a", b"y" * 25), ("SETRANGE", "a", 1020, b"y" * 5), ("SETRANGE", "a", 1025, "y"), ("SETRANGE", "a", 9223372036854775807, "y"), ("SETRANGE", "none", 536870911, "y")):
            self.assert_refused(talk.ask(*words), "ERR string exceeds maximum allowed size")
        self.assertEqual(talk.value("GET", "a"), b"x" * 1000)
        self.assertEqual(talk.value("APPEND", "a", b"y" * 24), 1024)
        self.assertEqual(talk.value("SETRANGE", "a", 1023, "z"), 1024)
        self.assertEqual(talk.value("EXISTS", "none"), 0)

    def test_too_many_arguments_end_the_connection(self):
        talk = self.talk()
        self.assertEqual(talk.ask("EXISTS", *["a"] * 15), b":0\r\n")
        self.assert_broken(b"*17\r\n", b"invalid multibulk length")
        self.assert_broken(b"*9223372036854775807\r\n", b"invalid multibulk length")

    def test_a_line_that_never_ends_ends_the_connection(self):
        self.assert_broken(b"x" * 70_000, b"too big inline request")

    def test_a_transaction_that_is_too_large_is_run_not_at_all(self):
        talk = self.talk()
        self.assertEqual(talk.ask_all([("MULTI",), ("SET", "a", b"x" * 500)]), [OK, b"+QUEUED\r\n"])
        self.assert_refused(talk.ask("SET", "b", b"x" * 600), "ERR the transaction is larger than query.transaction allows")
        self.assert_refused(talk.ask("EXEC"), "EXECABORT ")
        self.assertEqual(talk.value("DBSIZE"), 0)
        self.assertEqual(value_of(talk.ask_all([("MULTI",), ("SET", "a", b"x" * 500), ("EXEC",)])[-1]), [b"OK"])

    def test_many_small_commands_fill_a_transaction_too(self):
        talk = self.talk()
        talk.ask("MULTI")
        replies = talk.ask_all([("PING",)] * 100)
        self.assertEqual(replies[0], b"+QUEUED\r\n")
        self.assert_refused(replies[-1], "ERR the transaction is larger")
        self.assert_refused(talk.ask("EXEC"), "EXECABORT ")

    def test_a_reply_that_would_be_larger_is_an_error(self):
        talk = self.talk()
        talk.ask_all([("SET", b"%04d" % each + b"n" * 1000, "") for each in range(100)])
        for words in (("KEYS", "*"), ("SCAN", 0, "COUNT", 1000)):
            self.assertEqual(talk.ask(*words), b"-ERR the reply is larger than query.reply allows\r\n")
        self.assertEqual(talk.value("KEYS", "0001*"), [b"0001" + b"n" * 1000])
        self.assertEqual(talk.ask("PING"), b"+PONG\r\n")

    def test_no_more_keys_are_watched(self):
        talk = self.talk()
        self.assert_refused(talk.ask("WATCH", "a", "b", "c"), "ERR more keys are watched than query.watches allows")
        self.assertEqual(talk.ask("WATCH", "a", "b"), OK)
        self.assert_refused(talk.ask("WATCH", "c"), "ERR more keys are watched")
        self.assertEqual(talk.ask_all([("UNWATCH",), ("WATCH", "c")]), [OK, OK])
        self.assertEqual(talk.ask_all([("MULTI",), ("EXEC",), ("WATCH", "a", "b")]), [OK, b"*0\r\n", OK])

    def test_no_other_databases_are_selected(self):
        talk = self.talk()
        self.assertEqual(talk.ask("SELECT", 1), OK)
        for words in (("SELECT", 2), ("SWAPDB", 0, 2), ("COPY", "a", "b", "DB", 2)):
            self.assert_refused(talk.ask(*words), "ERR DB index is out of range")


class ARequest(QueryScenario):
    arguments = set_keys(value="40KiB", request="64KiB", reply="64KiB")

    def test_of_too_many_octets_ends_the_connection(self):
        talk = self.talk()
        piece = b"x" * (30 * KIB)
        self.assertEqual(talk.ask("MSET", "a", piece, "b", piece), OK)
        talk.send(request("MSET", "a", piece, "b", piece, "c", piece)[: 70 * KIB])
        self.assertEqual(talk.read_reply(), b"-ERR Protocol error: too big request\r\n")
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.talk().value("EXISTS", "c"), 0)

    def test_for_more_than_a_reply_may_hold_is_an_error(self):
        talk = self.talk()
        talk.ask("SET", "a", b"x" * (30 * KIB))
        self.assertEqual(len(talk.value("MGET", "a", "a")), 2)
        self.assertEqual(talk.ask("MGET", "a", "a", "a"), b"-ERR the reply is larger than query.reply allows\r\n")
        self.assertEqual(talk.value("GET", "a"), b"x" * (30 * KIB))

    def test_in_a_transaction_is_told_what_has_room_and_that_the_rest_was_done(self):
        talk = self.talk()
        # Up to where not even an error has room.
        for size in (30 * KIB, 32 * KIB - 30):
            talk.ask("SET", "a", b"x" * size)
            talk.ask_all([("MULTI",), *[("GET", "a")] * 3, ("SET", "done", size), *[("GET", "a")] * 3])
            told = talk.value("EXEC")
            self.assertEqual(told[:2], [b"x" * size] * 2)
            self.assertEqual(told[2:3] + told[4:], [Refusal("ERR the reply is larger than query.reply allows")] * 4)
            self.assertEqual(talk.value("GET", "done"), b"%d" % size)


class AValueThatIsLargerThanAReply(QueryScenario):
    arguments = set_keys(value="128KiB", request="256KiB", reply="64KiB")

    def test_is_neither_told_nor_lost(self):
        talk = self.talk()
        talk.ask("SET", "a", b"x" * (100 * KIB))
        for words in (("GET", "a"), ("GETDEL", "a"), ("GETSET", "a", "new"), ("SET", "a", "new", "GET")):
            self.assertEqual(talk.ask(*words), b"-ERR the reply is larger than query.reply allows\r\n")
            self.assertEqual(talk.value("STRLEN", "a"), 100 * KIB)


class WatchedKeys(QueryScenario):
    arguments = set_keys(transaction="1KiB")

    def test_are_no_larger_than_a_transaction(self):
        talk = self.talk()
        self.assertEqual(talk.ask("WATCH", b"k" * 1000), OK)
        self.assert_refused(talk.ask("WATCH", b"l" * 1000), "ERR the keys that are watched are larger than query.transaction allows")
        self.assertEqual(talk.ask_all([("UNWATCH",), ("WATCH", b"l" * 1000)]), [OK, OK])


class Connections(QueryScenario):
    arguments = set_keys(connections=2)

    def test_over_the_limit_are_told_so_and_closed(self):
        first, second = self.talk(), self.talk()
        self.assertEqual([talk.ask("PING") for talk in (first, second)], [b"+PONG\r\n"] * 2)
        third = self.talk()
        self.assertEqual(third.read_reply(), b"-ERR max number of clients reached\r\n")
        self.assertTrue(third.is_closed_by_peer())
        self.assertEqual(first.ask("PING"), b"+PONG\r\n")
        self.assertEqual(self.proxy.metric("sidecache_query_connections_refused_total"), 1)
        second.close()

        def is_taken():
            with Talk(self.proxy.query_address) as talk:
                try:
                    return talk.ask("PING") == b"+PONG\r\n"
                except (Ended, ConnectionError):
                    return False

        wait_until(is_taken, "a connection to be taken again")


class TooSlow(QueryScenario):
    arguments = set_keys(timeouts_idle="700ms", timeouts_gap="700ms", timeouts_send="700ms")

    def test_a_connection_that_rests_is_closed(self):
        talk = self.talk()
        self.assertEqual(talk.ask("PING"), b"+PONG\r\n")
        self.assertTrue(talk.is_closed_by_peer())
        self.assertTrue(self.talk().is_closed_by_peer())

    def test_a_connection_that_rests_in_a_transaction_is_closed(self):
        talk = self.talk()
        talk.ask_all([("MULTI",), ("SET", "a", "1")])
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.talk().value("EXISTS", "a"), 0)

    def test_a_client_that_does_not_read_is_closed_and_holds_up_nobody(self):
        other = self.talk()
        other.ask("SET", "a", b"x" * (1 << 20))
        lazy = self.talk(receive_buffer=4096)
        lazy.send(b"".join(request("GET", "a") for _ in range(200)))
        while self.proxy.metric("sidecache_query_connections") > 1:
            self.assertEqual(other.ask("PING"), b"+PONG\r\n")
        self.assertLess(self.proxy.metric("sidecache_query_sent_bytes_total"), 200 << 20)


class ACommandThatStops(QueryScenario):
    arguments = set_keys(timeouts_idle="1h", timeouts_gap="300ms")

    def test_in_its_midst_is_given_up(self):
        for octets in (b"*", b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nab", b"PIN", request("PING")[:-1], request("SET", "a", b"x" * 100_000)[:-2]):
            talk = self.talk()
            talk.send(octets)
            self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.talk().value("EXISTS", "a"), 0)


class Strangers(QueryScenario):
    def assert_closed_without_a_word(self, octets):
        talk = self.talk()
        talk.send(octets)
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.talk().value("EXISTS", "a"), 0)

    def test_a_post_is_closed_without_running_what_is_behind_it(self):
        self.assert_closed_without_a_word(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nSET a 1\r\n")
        self.assert_closed_without_a_word(b"Host: 127.0.0.1\r\nSET a 1\r\n")
        self.assert_closed_without_a_word(b"pOsT x\r\nSET a 1\r\n")

    def test_a_get_of_http_is_closed_before_its_fields_are_run(self):
        talk = self.talk()
        talk.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nSET a 1\r\n\r\nSET a 1\r\n")
        self.assert_refused(talk.read_reply(), "ERR wrong number of arguments for 'get' command")
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.talk().value("EXISTS", "a"), 0)

    def test_garbage_does_no_harm(self):
        chance = random.Random(3)
        pieces = [chance.randbytes(chance.randint(1, 3000)) for _ in range(60)]
        pieces += [b"".join(chance.choice((b"*", b"$", b"\r\n", b"1", b"-1", b"3", b"GET", b"SET", b'"', b"\n", b" ", b"\x00", b":", b"99999999")) for _ in range(200)) for _ in range(100)]
        for piece in pieces:
            with Talk(self.proxy.query_address) as talk:
                try:
                    talk.send(piece)
                    talk.end_sending()
                    while True:
                        talk.read_reply()
                except (Ended, ConnectionError):
                    pass
        self.assertEqual(self.talk().ask("PING"), b"+PONG\r\n")

    def test_a_client_that_leaves_in_the_midst_of_anything_does_no_harm(self):
        for octets in (b"", b"*3\r\n$3\r\nSE", request("MULTI") + request("SET", "a", "1"), request("WATCH", "a"), b"".join(request("PING") for _ in range(1000))):
            with Talk(self.proxy.query_address) as talk:
                talk.send(octets)
        wait_until(lambda: self.proxy.metric("sidecache_query_connections") == 0, "all to have gone")
        self.assertEqual(self.talk().value("EXISTS", "a"), 0)


class OnAUnixSocket(QueryScenario):
    query = ()

    def make_proxy(self):
        directory = tempfile.TemporaryDirectory(prefix="sidecache-test-query-")
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "query.sock")
        self.config = f"query: {{listen: ['unix:{self.path}', '127.0.0.1:0'], listen_mode: '0600'}}\n"
        return super().make_proxy()

    def test_the_same_is_answered_as_on_tcp(self):
        self.assertEqual(self.proxy.query_addresses[0], self.path)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        talk = self.talk()
        self.assertEqual(talk.ask_all([("SET", "a", "1"), ("GET", "a")]), [OK, b"$1\r\n1\r\n"])
        with Talk(self.proxy.query_addresses[1]) as other:
            self.assertEqual(other.value("GET", "a"), b"1")


class Memory(QueryScenario):
    arguments = ("--memory", "8MiB", "--set", "memory.sweep=1s")

    def bytes(self):
        return self.proxy.metric("sidecache_memory_bytes")

    def test_is_not_exceeded_and_the_newest_values_are_there(self):
        talk = self.talk()
        value = b"x" * (32 * KIB)
        for begin in range(0, 1000, 50):
            replies = talk.ask_all([("SET", f"k{each}", value) for each in range(begin, begin + 50)])
            self.assertEqual(set(replies), {OK})
            self.assertLessEqual(self.bytes(), 8 << 20)
        self.assertEqual([talk.value("STRLEN", f"k{each}") for each in range(990, 1000)], [len(value)] * 10)
        size = talk.value("DBSIZE")
        self.assertTrue(150 < size < 256, size)
        self.assertEqual(self.proxy.metric("sidecache_query_values"), size)
        self.assertEqual(len(talk.value("KEYS", "*")), size)
        self.assertGreater(self.proxy.metric("sidecache_memory_evictions_total"), 700)

    def test_is_not_held_by_who_watches_what_was_evicted(self):
        watcher, talk = self.talk(), self.talk()
        value = b"x" * (512 * KIB)
        for each in range(200):
            talk.ask("SET", f"k{each}", value)
            self.assertEqual(watcher.ask("WATCH", f"k{each}"), OK)
        self.assertLess(talk.value("DBSIZE"), 16)
        self.assertEqual(value_of(watcher.ask_all([("MULTI",), ("PING",), ("EXEC",)])[-1]), None)

    def test_is_kept_by_what_is_asked_for(self):
        talk = self.talk()
        talk.ask("SET", "wanted", "v")
        for each in range(1000):
            talk.ask_all([("SET", f"k{each}", b"x" * (32 * KIB)), ("GET", "wanted")])
        self.assertEqual(talk.value("GET", "wanted"), b"v")

    def test_of_what_has_expired_is_given_back(self):
        talk = self.talk()
        talk.ask_all([("SET", f"k{each}", b"x" * (32 * KIB), "PX", 50) for each in range(100)])
        wait_until(lambda: talk.value("GET", "k99") is None, "the value to expire")
        wait_until(lambda: self.bytes() < 64 * KIB and talk.value("DBSIZE") == 0, "its memory to be given back")

    def test_of_a_flush_is_given_back(self):
        for flush in ("FLUSHDB", "FLUSHALL"):
            talk = self.talk()
            talk.ask_all([("SET", f"k{each}", b"x" * (32 * KIB)) for each in range(100)])
            self.assertGreater(self.bytes(), 3 << 20)
            self.assertEqual(talk.ask_all([(flush,), ("DBSIZE",), ("KEYS", "*")]), [OK, b":0\r\n", b"*0\r\n"])
            self.assertEqual(self.proxy.metric("sidecache_query_values"), 0)
            wait_until(lambda: self.bytes() < 64 * KIB, "its memory to be given back")

    def test_of_a_flush_of_one_database_is_given_back_and_the_others_stay(self):
        talk = self.talk()
        talk.ask_all([("SET", "stays", b"y" * (32 * KIB)), ("SELECT", 1), *[("SET", f"k{each}", b"x" * (32 * KIB)) for each in range(100)], ("FLUSHDB",), ("SET", "new", "1"), ("SELECT", 0)])
        wait_until(lambda: self.bytes() < 64 * KIB, "its memory to be given back")
        self.assertEqual(talk.value("STRLEN", "stays"), 32 * KIB)
        self.assertEqual(talk.ask_all([("SELECT", 1), ("GET", "new")])[1], b"$1\r\n1\r\n")

    def test_that_is_too_small_for_a_value_says_so(self):
        talk = self.talk()
        self.assertEqual(talk.ask("SET", "a", b"x" * (1 << 20)), OK)
        talk.send(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1048577\r\n")
        self.assert_refused(talk.read_reply(), "ERR Protocol error: invalid bulk length")


class BesideHttp(QueryScenario):
    arguments = ("--set", "memory.sweep=1s")

    def test_responses_and_values_do_not_know_each_other(self):
        self.origin.once("GET", "/a", ok(b"response", FRESH))
        self.client.get("/a")
        self.assert_hit(self.client.get("/a"), "response")
        talk = self.talk()
        self.assertEqual(talk.ask_all([("DBSIZE",), ("KEYS", "*"), ("SCAN", 0, "COUNT", 1000)]), [b":0\r\n", b"*0\r\n", b"*2\r\n$1\r\n0\r\n*0\r\n"])
        host = "%s:%d" % self.proxy.address
        names = ["GET\n/a", f"GET\n{host}/a", f"GET\nhttp://{host}/a", f"GET\nhttp\n{host}\n/a", "/a", "\x01", "", "GET\n"]
        self.assertEqual(talk.value("EXISTS", *names), 0)
        self.assertEqual(talk.ask("MSET", *[word for name in names for word in (name, "value")]), OK)
        self.assert_hit(self.client.get("/a"), "response")
        self.assertEqual(talk.value("DEL", *names), len(names))
        self.assertEqual(talk.ask("FLUSHALL"), OK)
        self.assert_hit(self.client.get("/a"), "response")
        self.assertEqual(self.proxy.metric("sidecache_query_values"), 0)

    def test_a_write_of_http_ends_no_value(self):
        self.origin.once("GET", "/a", ok(b"old", FRESH))
        self.origin.once("PUT", "/a", ok(b"done"))
        self.origin.once("GET", "/a", ok(b"new", FRESH))
        talk = self.talk()
        talk.ask("SET", "/a", "value")
        self.client.get("/a")
        self.client.put("/a", b"x")
        self.assert_body(self.client.get("/a"), 200, b"new")
        self.assertEqual(talk.value("GET", "/a"), b"value")


class Expiring(QueryScenario):
    def gone(self, talk, *words):
        over = {"GET": None, "PTTL": -2}.get(words[0], 0)  # 0 of PTTL: less than a millisecond is left
        wait_until(lambda: talk.value(*words) == over, f"{words} to say that it has expired")

    def test_a_value_is_gone_when_its_time_is_over(self):
        talk = self.talk()
        for set_words, ask_words in ((("SET", "a", "1", "PX", 50), ("GET", "a")), (("PSETEX", "a", 50, "1"), ("EXISTS", "a")), (("SET", "a", "1", "PX", 50), ("PTTL", "a")), (("SET", "a", "1", "PX", 50), ("STRLEN", "a"))):
            began = time.monotonic()
            self.assertEqual(talk.ask(*set_words), OK)
            self.gone(talk, *ask_words)
            self.assertGreaterEqual(time.monotonic() - began, 0.045)
            self.assertEqual(talk.ask_all([("TYPE", "a"), ("TTL", "a"), ("KEYS", "*"), ("RENAME", "a", "b"), ("PERSIST", "a"), ("DEL", "a")]),
                             [b"+none\r\n", b":-2\r\n", b"*0\r\n", b"-ERR no such key\r\n", b":0\r\n", b":0\r\n"])

    def test_what_has_expired_is_new_to_whoever_writes(self):
        talk = self.talk()
        talk.ask_all([("SET", name, "5", "PX", 50) for name in "abcd"])
        self.gone(talk, "EXISTS", *"abcd")
        self.assertEqual(talk.ask_all([("SET", "a", "1", "NX"), ("INCR", "b"), ("APPEND", "c", "x"), ("SET", "d", "1", "XX"), ("TTL", "a"), ("TTL", "b"), ("TTL", "c")]),
                         [OK, b":1\r\n", b":1\r\n", b"$-1\r\n", b":-1\r\n", b":-1\r\n", b":-1\r\n"])

    def test_a_watched_key_that_expires_aborts_the_transaction(self):
        talk, other = self.talk(), self.talk()
        talk.ask_all([("SET", "a", "1", "PX", 50), ("WATCH", "a"), ("MULTI",), ("SET", "b", "1")])
        self.gone(other, "GET", "a")
        self.assertEqual(talk.ask("EXEC"), b"*-1\r\n")
        self.assertEqual(talk.value("EXISTS", "b"), 0)

    def test_all_of_one_read_see_one_time(self):
        talk = self.talk()
        for _ in range(20):
            replies = talk.ask_all([("SET", "a", "1", "PX", 1), *[("EXISTS", "a")] * 2000])
            self.assertIn(replies[1], (b":1\r\n", b":0\r\n"))
            self.assertEqual(replies[1:], sorted(replies[1:], reverse=True))


class TheEnd(QueryScenario):
    def test_waits_for_the_exchanges_whose_application_may_need_its_cache(self):
        gate = self.origin.gate()
        self.origin.once("POST", "/rows/", [gate, ok(b"done")])
        talk = self.talk()
        talk.ask("SET", "a", "1")
        post = self.in_background(self.client.post, "/rows/", b"{}")
        gate.wait_for_arrivals()
        self.proxy.terminate()
        self.wait_for_drain()
        self.assertEqual(talk.ask("DEL", "a"), b":1\r\n")  # as the application does for the write
        with Talk(self.proxy.query_address) as other:
            self.assertEqual(other.ask("EXISTS", "a"), b":0\r\n")
        gate.open()
        self.assertEqual(post.result().status, 200)
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def wait_for_drain(self):
        wait_until(lambda: self.proxy.admin("/readyz").status == 503, "the admin door to say that it drains")

    def test_ends_connections_that_rest(self):
        fresh, used, queueing, watching = (self.talk() for _ in range(4))
        used.ask("PING")
        queueing.ask_all([("MULTI",), ("SET", "a", "1")])
        watching.ask("WATCH", "a")
        self.proxy.wait_for_metric("sidecache_query_connections", 4)
        self.proxy.terminate()
        for talk in (fresh, used, queueing, watching):
            self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def test_answers_a_command_that_has_begun(self):
        talk = self.talk()
        octets = request("SET", "a", "value")
        talk.send(octets[:-5])
        self.proxy.wait_for_metric("sidecache_query_received_bytes_total", len(octets) - 5)
        self.proxy.terminate()
        self.wait_for_drain()
        talk.send(octets[-5:] + request("GET", "a"))
        self.assertEqual(talk.read_reply(), OK)
        self.assertEqual(talk.read_reply(), b"$5\r\nvalue\r\n")
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def test_takes_no_new_connections(self):
        talk = self.talk()
        talk.send(b"*1\r\n")
        self.proxy.wait_for_metric("sidecache_query_received_bytes_total", 4)
        self.proxy.terminate()
        self.wait_for_drain()

        def is_refused():
            try:
                with Talk(self.proxy.query_address) as other:
                    return other.is_closed_by_peer()
            except ConnectionError:
                return True

        self.assertTrue(is_refused())
        talk.send(b"$4\r\nPING\r\n")
        self.assertEqual(talk.read_reply(), b"+PONG\r\n")

    def test_of_a_client_closes_its_connection_after_what_it_sent(self):
        talk = self.talk()
        talk.send(request("SET", "a", "1") + request("QUIT") + request("SET", "a", "2"))
        self.assertEqual([talk.read_reply(), talk.read_reply()], [OK, OK])
        self.assertTrue(talk.is_closed_by_peer())
        self.assertEqual(self.talk().value("GET", "a"), b"1")


class Reloading(QueryScenario):
    config = "query: {watches: 2, transaction: 1MiB}\n"

    def test_keeps_values_and_takes_new_limits_for_new_connections(self):
        old = self.talk()
        old.ask_all([("SET", "a", "1"), ("SET", "b", "1", "EX", 1000), ("WATCH", "a")])
        self.proxy.reload("query: {watches: 1, transaction: 1KiB}\n")
        # A worker takes it in its own time.
        wait_until(lambda: self.is_refused_two(), "new limits")
        self.assertEqual(old.ask("WATCH", "b"), OK)
        self.assertEqual(old.ask_all([("MULTI",), ("SET", "c", b"x" * 5000), ("EXEC",)])[-1], b"*1\r\n+OK\r\n")
        new = self.talk()
        self.assertEqual(new.value("MGET", "a", "b"), [b"1", b"1"])
        self.assertEqual(new.ask("WATCH", "a"), OK)
        self.assert_refused(new.ask("WATCH", "b"), "ERR more keys are watched")

    def is_refused_two(self):
        replies = []
        for _ in range(8):
            with Talk(self.proxy.query_address) as talk:
                replies.append(talk.ask("WATCH", "a", "b"))
        return OK not in replies

    def test_asks_new_connections_for_a_new_password(self):
        old = self.talk()
        self.assertEqual(old.ask("PING"), b"+PONG\r\n")
        self.proxy.reload("query: {password: new}\n")

        def asks_all():
            replies = []
            for _ in range(8):
                with Talk(self.proxy.query_address) as talk:
                    replies.append(talk.ask("PING"))
            return b"+PONG\r\n" not in replies

        wait_until(asks_all, "the password to be asked for")
        self.assertEqual(old.ask("PING"), b"+PONG\r\n")
        self.assertEqual(self.talk().ask("AUTH", "new"), OK)

    def test_says_that_databases_need_a_restart(self):
        self.proxy.reload("query: {databases: 3}\n")
        self.proxy.wait_for_log('"needs_restart":"[^"]*query.listen, query.databases')
        self.assertEqual(self.talk().ask("SELECT", 15), OK)


class Metrics(QueryScenario):
    def test_count_exactly_what_was_done(self):
        talk = self.talk()
        batches = [
            [("SET", "a", "text"), ("GET", "a"), ("GET", "none")],
            [("MGET", "a", "none", "a"), ("EXISTS", "a", "none"), ("STRLEN", "a"), ("TTL", "none")],
            [("NOSUCH",), ("nosuch2", "x"), ("GET",), ("INCR", "a"), ("SET", "a", "1", "BAD")],
            [("MULTI",), ("GET", "a"), ("INCR", "n"), ("INCR", "a"), ("EXEC",)],
            [("set", "b", "2"), ("SET", "b", "3", "NX"), ("DEL", "b"), ("DEL", "b")],
        ]
        received = sent = 0
        for batch in batches:
            received += sum(len(request(*words)) for words in batch)
            sent += sum(len(reply) for reply in talk.ask_all(batch))
        count = sum(len(batch) for batch in batches)
        self.proxy.wait_for_metric("sidecache_query_duration_seconds_count", count)
        series = self.proxy.metrics()
        commands = {re.search('command="([^"]*)"', name).group(1): number for name, number in series.items() if name.startswith("sidecache_query_commands_total") and number}
        self.assertEqual(commands, {"set": 4, "get": 3, "mget": 1, "exists": 1, "strlen": 1, "ttl": 1, "unknown": 2, "incr": 3, "multi": 1, "exec": 1, "del": 2})
        lookups = {result: series[f'sidecache_query_lookups_total{{result="{result}"}}'] for result in ("hit", "miss")}
        self.assertEqual(lookups, {"hit": 6, "miss": 4})
        names = ("errors_total", "received_bytes_total", "sent_bytes_total", "values", "connections", "connections_accepted_total", "connections_refused_total", "duration_seconds_count")
        self.assertEqual([series[f"sidecache_query_{name}"] for name in names], [6, received, sent, 2, 1, 1, 0, count])
        talk.close()
        wait_until(lambda: self.proxy.metric("sidecache_query_connections") == 0, "the connection to be gone")

    def test_count_what_cannot_be_read_as_an_error(self):
        talk = self.talk()
        talk.send(b"*x\r\n")
        self.assert_refused(talk.read_reply(), "ERR Protocol error")
        self.assertEqual(self.proxy.metric("sidecache_query_errors_total"), 1)


class WhatItTells(QueryScenario):
    def test_the_document_names_every_command_and_no_other(self):
        table = DOCUMENT.read_text().partition("| of | commands |")[2].partition("\n\n")[0]
        told = set()
        for row in table.splitlines()[2:]:
            names = re.sub(r"\([^)]*\)", "", row.split("|")[2])
            told |= {word.partition(" ")[0].lower() for word in re.findall("`([A-Z ]+)`", names)}
        known = {name.decode() for name in self.talk().value("COMMAND", "LIST")}
        self.assertEqual(told, known)

    def test_commands_are_described(self):
        talk = self.talk()
        self.assertEqual(talk.value("COMMAND", "COUNT"), len(talk.value("COMMAND")))
        self.assertEqual(talk.value("COMMAND", "INFO", "get", "nosuch"), [[b"get", 2, [b"readonly"], 1, 1, 1], None])
        self.assertEqual(talk.value("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"), [b"a", b"b"])
        self.assertEqual(talk.value("COMMAND", "GETKEYS", "GET", "a"), [b"a"])
        self.assert_refused(talk.ask("COMMAND", "GETKEYS", "PING"), "ERR The command has no key arguments")
        self.assert_refused(talk.ask("COMMAND", "GETKEYS", "GET"), "ERR Invalid number of arguments")
        self.assert_refused(talk.ask("COMMAND", "GETKEYS", "NOSUCH"), "ERR Invalid command")

    def test_the_protocol_is_that_which_was_asked_for(self):
        talk = self.talk()
        two = talk.value("HELLO")
        self.assertEqual((two[:6], len(two)), ([b"server", b"redis", b"version", b"7.0.15", b"proto", 2], 14))
        self.assertEqual(talk.value("HELLO", 3)[b"proto"], 3)
        self.assertEqual(talk.ask("GET", "none"), b"_\r\n")
        self.assertTrue(talk.ask("INFO").startswith(b"="))
        self.assertIsInstance(talk.value("CONFIG", "GET", "*"), dict)
        self.assertEqual(talk.ask_all([("RESET",), ("GET", "none")])[1], b"$-1\r\n")

    def test_of_a_connection_is_its_own(self):
        one, other = self.talk(), self.talk()
        self.assertNotEqual(one.value("CLIENT", "ID"), other.value("CLIENT", "ID"))
        self.assertEqual(one.ask_all([("CLIENT", "SETNAME", "me"), ("CLIENT", "GETNAME"), ("SELECT", 3)])[1], b"$2\r\nme\r\n")
        self.assertIn(b"name=me db=3", one.value("CLIENT", "INFO"))
        self.assertIsNone(other.value("CLIENT", "GETNAME"))
        self.assert_refused(one.ask("CLIENT", "SETNAME", "two words"), "ERR Client names cannot contain")
        self.assertEqual(one.ask("CLIENT", "SETINFO", "LIB-NAME", "x"), OK)
        self.assert_refused(one.ask("CLIENT", "KILL", "x"), "ERR unknown subcommand 'KILL'. Try CLIENT HELP.")

    def test_of_the_server_is_in_the_sections_that_clients_read(self):
        talk = self.talk()
        talk.ask_all([("SET", "a", "1"), ("SET", "b", "1", "EX", 1000), ("SELECT", 5), ("SET", "a", "1")])
        told = talk.value("INFO").decode()
        for line in ("redis_version:7.0.15", "maxmemory_policy:allkeys-lfu", "role:master", "loading:0", "db0:keys=2,expires=1,avg_ttl=0", "db5:keys=1,expires=0,avg_ttl=0"):
            self.assertIn(line + "\r\n", told)
        self.assertEqual(talk.value("INFO", "replication"), b"# Replication\r\nrole:master\r\nconnected_slaves:0\r\n")
        self.assertEqual(talk.value("CONFIG", "GET", "maxmemory*", "databases")[::2], [b"databases", b"maxmemory", b"maxmemory-policy"])
        self.assert_refused(talk.ask("CONFIG", "SET", "maxmemory", "1"), "ERR unknown subcommand")
        self.assertEqual([talk.value("OBJECT", "ENCODING", key) for key in ("a", "none")], [b"int", None])
        self.assertGreater(talk.value("MEMORY", "USAGE", "a"), 50)
        self.assertLess(abs(int(talk.value("TIME")[0]) - time.time()), 60)

    def test_scripts_that_it_does_not_know_are_refused(self):
        talk = self.talk()
        self.assert_refused(talk.ask("EVAL", "return 1", 0), "ERR this script is none of those that sidecache knows")
        self.assert_refused(talk.ask("EVALSHA", "0" * 40, 0), "NOSCRIPT ")
        self.assert_refused(talk.ask("SCRIPT", "LOAD", "return 1"), "ERR this script is none")
        self.assertEqual(talk.value("SCRIPT", "EXISTS", "0" * 40, "c3f8721cbb97f72bc19e972846bd7aaf91901658"), [0, 1])
        self.assert_refused(talk.ask("EVALSHA", "c3f8721cbb97f72bc19e972846bd7aaf91901658", 0), "ERR this script needs a key")
        self.assert_refused(talk.ask("EVALSHA", "c3f8721cbb97f72bc19e972846bd7aaf91901658", 2, "a"), "ERR Number of keys can't be greater than number of args")

    def test_what_it_does_not_have_is_an_unknown_command(self):
        talk = self.talk()
        for words in (("LPUSH", "a", "1"), ("HSET", "a", "b", "c"), ("SUBSCRIBE", "a"), ("SADD", "a", "1"), ("XADD", "a", "*", "b", "c"), ("SAVE",), ("SHUTDOWN",), ("DEBUG", "SLEEP", "10"), ("MONITOR",), ("SLAVEOF", "a", "1")):
            self.assert_refused(talk.ask(*words), f"ERR unknown command '{words[0]}', with args beginning with: ")
        self.assertEqual(talk.ask("PING"), b"+PONG\r\n")


if __name__ == "__main__":
    unittest.main()
