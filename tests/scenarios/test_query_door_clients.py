"""Real clients at the query door: redis-py, and Django's cache by django-redis. What is stated of them here is stated of a real Redis too."""

import importlib.util
import os
import random
import tempfile
import threading
import time
import unittest
import urllib.parse

from harness import PATIENCE, Background, Sidecache, wait_until
from harness.redis_server import RedisServer

MISSING = [name for name in ("redis", "django", "django_redis") if importlib.util.find_spec(name) is None]


def setUpModule():
    if MISSING:
        raise unittest.SkipTest(f"{', '.join(MISSING)} not installed: apt install python3-redis python3-django-redis")
    import django
    from django.conf import settings
    from django.core.management import call_command

    if not settings.configured:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        settings.configure(SECRET_KEY="of tests", DATABASES={"default": database}, INSTALLED_APPS=["django.contrib.sessions"], USE_TZ=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
        django.setup()
        call_command("migrate", verbosity=0)


urlpatterns = []


class AtTheDoor(unittest.TestCase):
    """The server is of the class, what is in it of each test."""

    workers = 4
    password = None

    @classmethod
    def setUpClass(cls):
        arguments = ["--set", f"query.password='{cls.password}'"] if cls.password else []
        cls.server = Sidecache("http://127.0.0.1:9", "--query", cls.make_address(), *arguments, workers=cls.workers)
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def make_address(cls):
        return "127.0.0.1:0"

    def url(self, database=1):
        host, port = self.server.query_address
        return f"redis://{host}:{port}/{database}"

    def setUp(self):
        self._threads = []
        self.redis().flushall()

    def redis(self, **options):
        import redis

        client = redis.Redis.from_url(self.url(), **{"password": self.password, "socket_timeout": PATIENCE, **options})
        self.addCleanup(client.connection_pool.disconnect)
        return client

    def in_threads(self, count, function):
        """What `function(number)` returned, of so many at once."""
        threads = [Background(function, (number,), {}) for number in range(count)]
        return [thread.result() for thread in threads]


class AtRedis(AtTheDoor):
    """The same of a real Redis: that the tests do not say what is only ours."""

    @classmethod
    def setUpClass(cls):
        cls.server = RedisServer()
        cls.server.query_address = cls.server.address
        cls.addClassCleanup(cls.server.stop)


class RedisPy:
    """Mixed into the servers above."""

    def test_values_are_given_back_as_they_were_or_decoded(self):
        client = self.redis()
        value = random.Random(1).randbytes(10_000)
        self.assertTrue(client.set("ä\n", value))
        self.assertEqual(client.get("ä\n"), value)
        decoding = self.redis(decode_responses=True)
        decoding.set("text", "snö")
        self.assertEqual((decoding.get("text"), client.get("text")), ("snö", "snö".encode()))
        self.assertEqual(decoding.mget("text", "none"), ["snö", None])
        self.assertEqual((client.incr("n"), client.incrbyfloat("f", 1.5), client.strlen("text")), (1, 1.5, 4))
        self.assertEqual((client.ttl("none"), client.ttl("n"), client.type("n"), client.exists("n", "f")), (-2, -1, b"string", 2))

    def test_expiry_is_of_any_form(self):
        import datetime

        client = self.redis()
        client.set("a", 1, ex=datetime.timedelta(hours=1))
        self.assertTrue(3500 < client.ttl("a") <= 3600)
        client.set("a", 2, keepttl=True)
        self.assertTrue(3500 < client.ttl("a") <= 3600)
        client.expireat("a", datetime.datetime.now() + datetime.timedelta(hours=2))
        self.assertTrue(7000 < client.ttl("a") <= 7200)
        self.assertEqual(client.getex("a", persist=True), b"2")
        self.assertEqual(client.ttl("a"), -1)
        client.psetex("a", 30, 1)
        wait_until(lambda: client.get("a") is None, "the value to expire")

    def test_a_pipeline_answers_each_command_in_order(self):
        client = self.redis()
        pipeline = client.pipeline(transaction=False)
        for number in range(5_000):
            pipeline.set(f"k{number}", number)
            pipeline.get(f"k{number}")
        self.assertEqual(pipeline.execute(), [each for number in range(5_000) for each in (True, b"%d" % number)])
        pipeline.set("a", "text").incr("a").get("a")
        told = pipeline.execute(raise_on_error=False)
        self.assertEqual((told[0], str(told[1]), told[2]), (True, "value is not an integer or out of range", b"text"))

    def test_a_transaction_is_tried_again_until_it_was_alone(self):
        clients = [self.redis() for _ in range(6)]
        clients[0].set("balance", 0)

        def add(number):
            for _ in range(20):
                clients[number].transaction(lambda pipeline: (lambda before: (pipeline.multi(), pipeline.set("balance", before + 1)))(int(pipeline.get("balance"))), "balance")

        self.in_threads(6, add)
        self.assertEqual(clients[0].get("balance"), b"120")

    def test_a_watched_key_that_changed_is_an_error(self):
        import redis

        client, other = self.redis(), self.redis()
        with client.pipeline() as pipeline:
            pipeline.watch("a")
            other.set("a", 1)
            pipeline.multi()
            pipeline.set("a", 2)
            with self.assertRaises(redis.WatchError):
                pipeline.execute()
        self.assertEqual(client.get("a"), b"1")

    def test_a_lock_excludes(self):
        clients = [self.redis() for _ in range(5)]
        clients[0].set("sum", 0)

        def add(number):
            for _ in range(10):
                with clients[number].lock("lock", timeout=PATIENCE * 3, sleep=0.001):
                    clients[number].set("sum", int(clients[number].get("sum")) + 1)

        self.in_threads(5, add)
        self.assertEqual(clients[0].get("sum"), b"50")
        self.assertFalse(clients[0].exists("lock"))

    def test_a_lock_is_taken_held_longer_and_released(self):
        import redis

        client = self.redis()
        lock, other = client.lock("lock", timeout=100), client.lock("lock", timeout=100)
        self.assertTrue(lock.acquire(blocking=False))
        self.assertFalse(other.acquire(blocking=False))
        self.assertTrue(lock.locked() and lock.owned() and not other.owned())
        self.assertTrue(lock.extend(1000))
        self.assertTrue(1000 < client.ttl("lock") <= 1100)
        self.assertTrue(lock.extend(500, replace_ttl=True))
        self.assertTrue(400 < client.ttl("lock") <= 500)
        self.assertTrue(lock.reacquire())
        self.assertTrue(0 < client.ttl("lock") <= 100)
        lock.release()
        self.assertFalse(lock.locked())
        self.assertTrue(other.acquire(blocking=False))
        with self.assertRaises(redis.exceptions.LockError):
            lock.release()
        # Whose lock somebody else has by now.
        client.set("lock", "another's")
        for act in (other.reacquire, lambda: other.extend(10), other.release):
            with self.assertRaises(redis.exceptions.LockNotOwnedError):
                act()
        self.assertEqual(client.get("lock"), b"another's")

    def test_a_lock_whose_time_is_over_is_free(self):
        client = self.redis()
        self.assertTrue(client.lock("lock", timeout=0.05).acquire(blocking=False))
        self.assertTrue(client.lock("lock", timeout=10, sleep=0.005).acquire(blocking_timeout=PATIENCE))

    def test_a_walk_shows_what_is_there_throughout_while_others_write(self):
        client = self.redis()
        wanted = {f"stays:{number}" for number in range(2_000)}
        client.mset({name: "v" for name in wanted})
        is_over = threading.Event()

        def write(number):
            writer = self.redis()
            turn = 0
            while not is_over.is_set():
                turn += 1
                writer.mset({f"goes:{number}:{each}": turn for each in range(50)})
                writer.delete(*[f"goes:{number}:{each}" for each in range(50)])
                writer.set(f"stays:{turn % 2_000}", turn)

        writers = [Background(write, (number,), {}) for number in range(3)]
        try:
            for count in (None, 10, 500):
                shown = [name.decode() for name in client.scan_iter("stays:*", count=count)]
                self.assertEqual(set(shown), wanted)
                if self.shows_once:
                    self.assertEqual(len(shown), len(wanted))
        finally:
            is_over.set()
            for writer in writers:
                writer.result()

    shows_once = True

    def test_its_health_is_checked_by_its_clients(self):
        client = self.redis(health_check_interval=1, client_name="checked")
        self.assertTrue(client.ping())
        self.assertEqual(client.client_getname(), "checked")
        self.assertEqual(client.echo("hi"), b"hi")
        self.assertEqual(client.info()["redis_version"], "7.0.15")
        self.assertEqual(client.config_get("databases"), {"databases": "16"})
        self.assertTrue(client.client_id() > 0)
        self.assertIn("get", client.command())

    def test_an_unknown_command_is_an_error_and_the_connection_stays(self):
        import redis

        client = self.redis()
        connection = client.client_id()
        with self.assertRaisesRegex(redis.ResponseError, "unknown command"):
            client.execute_command("NOSUCH", "a")
        self.assertEqual(client.client_id(), connection)

    def test_a_password_where_none_is_asked_for_is_an_error(self):
        import redis

        with self.assertRaisesRegex(redis.ResponseError, "called without any password"):
            self.redis(password="secret").ping()


class RedisPyAtTheDoor(RedisPy, AtTheDoor):
    pass


class RedisPyAtRedis(RedisPy, AtRedis):
    shows_once = False  # a Redis may show one twice


class DjangoCache:
    """Mixed into the servers above."""

    def setUp(self):
        super().setUp()
        from django.test import override_settings

        caches = {"default": self.backend(), "other": self.backend(LOCATION=self.url(2), KEY_PREFIX="p", TIMEOUT=None)}
        settings = override_settings(CACHES=caches, DJANGO_REDIS_CLOSE_CONNECTION=True, SESSION_CACHE_ALIAS="default", CACHE_MIDDLEWARE_ALIAS="default")
        settings.enable()
        self.addCleanup(settings.disable)
        from django.core.cache import caches as made

        self.cache, self.other = made["default"], made["other"]
        self.addCleanup(lambda: [cache.close() for cache in made.all()])

    def backend(self, **more):
        return {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": self.url(), "OPTIONS": {"PASSWORD": self.password} if self.password else {}, **more}

    def test_what_is_set_is_got(self):
        values = ["text", "snö", b"\x00\xff", 1, -5, 2**70, 1.5, True, None, {"a": [1, (2, 3)]}, "x" * 100_000, []]
        for value in values:
            self.assertTrue(self.cache.set("a", value))
            self.assertEqual(self.cache.get("a", "default"), value)
        self.assertEqual(self.cache.get("none"), None)
        self.assertEqual(self.cache.get("none", 5), 5)
        self.assertTrue("a" in self.cache and "none" not in self.cache)
        self.assertTrue(self.cache.has_key("a"))

    def test_timeouts_are_kept(self):
        self.cache.set("default", 1)
        self.assertTrue(290 < self.cache.ttl("default") <= 300)
        self.cache.set("for ever", 1, timeout=None)
        self.assertIsNone(self.cache.ttl("for ever"))
        self.cache.set("hour", 1, timeout=3600)
        self.assertTrue(3500 < self.cache.ttl("hour") <= 3600)
        self.assertTrue(3_500_000 < self.cache.pttl("hour") <= 3_600_000)
        self.assertEqual(self.cache.ttl("none"), 0)
        self.cache.set("hour", 1, timeout=0)
        self.assertNotIn("hour", self.cache)
        self.cache.set("never", 1, timeout=-5)
        self.assertNotIn("never", self.cache)
        self.other.set("by its default", 1)
        self.assertIsNone(self.other.ttl("by its default"))
        self.cache.set("soon", 1, timeout=0.05)
        wait_until(lambda: "soon" not in self.cache, "the value to expire")

    def test_touch_expire_and_persist_change_the_time_alone(self):
        self.cache.set("a", "v", timeout=100)
        self.assertTrue(self.cache.touch("a", 1000))
        self.assertTrue(900 < self.cache.ttl("a") <= 1000)
        self.assertTrue(self.cache.touch("a", None))
        self.assertIsNone(self.cache.ttl("a"))
        self.assertTrue(self.cache.touch("a"))
        self.assertTrue(290 < self.cache.ttl("a") <= 300)
        self.assertTrue(self.cache.persist("a"))
        self.assertFalse(self.cache.persist("a"))
        self.assertTrue(self.cache.expire("a", 500))
        self.assertTrue(self.cache.pexpire("a", 600_000))
        self.assertTrue(self.cache.expire_at("a", int(time.time()) + 700))
        self.assertTrue(self.cache.pexpire_at("a", int(time.time() * 1000) + 800_000))
        self.assertTrue(750 < self.cache.ttl("a") <= 801)
        self.assertFalse(self.cache.touch("none", 10) or self.cache.expire("none", 10))
        self.assertEqual(self.cache.get("a"), "v")

    def test_add_is_of_what_is_not_there(self):
        self.assertTrue(self.cache.add("a", 1))
        self.assertFalse(self.cache.add("a", 2))
        self.assertEqual(self.cache.get("a"), 1)
        self.assertTrue(self.cache.set("b", 1, nx=True))
        self.assertFalse(self.cache.set("b", 2, nx=True))
        self.assertTrue(self.cache.set("b", 3, xx=True))
        self.assertEqual(self.cache.get_or_set("c", lambda: 7), 7)
        self.assertEqual(self.cache.get_or_set("c", lambda: 8), 7)

    def test_many_are_set_got_and_deleted_together(self):
        data = {f"k{number}": number for number in range(500)}
        self.assertEqual(self.cache.set_many(data, timeout=100) or [], [])
        self.assertEqual(self.cache.get_many([*data, "none"]), data)
        self.assertEqual(self.cache.delete_many([*list(data)[:100], "none"]), 100)
        self.assertEqual(len(self.cache.get_many(data)), 400)
        self.assertTrue(self.cache.delete("k200"))
        self.assertFalse(self.cache.delete("k200"))

    def test_counters_count_what_is_there(self):
        with self.assertRaises(ValueError):
            self.cache.incr("n")
        self.cache.set("n", 5, timeout=1000)
        self.assertEqual([self.cache.incr("n"), self.cache.incr("n", 10), self.cache.decr("n"), self.cache.decr("n", 20), self.cache.incr("n", -2)], [6, 16, 15, -5, -7])
        self.assertTrue(900 < self.cache.ttl("n") <= 1000)
        self.assertEqual(self.cache.get("n"), -7)
        self.assertEqual(self.cache.incr("new", 3, ignore_key_check=True), 3)
        # Past 64 bits it is got and set.
        self.cache.set("n", 2**63 - 1, timeout=1000)
        self.assertEqual(self.cache.incr("n"), 2**63)
        self.assertEqual(self.cache.get("n"), 2**63)
        self.cache.set("text", "a")
        with self.assertRaises(TypeError):
            self.cache.incr("text")

    def test_counters_are_exact_of_many_threads(self):
        self.cache.set("n", 0)

        def add(_):
            for _ in range(50):
                self.cache.incr("n")

        self.in_threads(8, add)
        self.assertEqual(self.cache.get("n"), 400)

    def test_versions_are_apart(self):
        self.cache.set("a", "one", version=1)
        self.cache.set("a", "two", version=2)
        self.assertEqual((self.cache.get("a"), self.cache.get("a", version=2)), ("one", "two"))
        self.assertEqual(self.cache.incr_version("a", 5), 6)
        self.assertEqual((self.cache.get("a"), self.cache.get("a", version=6)), (None, "one"))

    def test_keys_are_found_by_their_pattern(self):
        names = {f"user:{number}" for number in range(300)}
        self.cache.set_many({name: 1 for name in [*names, "else", "user[1]"]})
        self.assertEqual(set(self.cache.keys("user:*")), names)
        self.assertEqual(set(self.cache.iter_keys("user:*")), names)
        self.assertEqual(set(self.cache.iter_keys("user:*", itersize=7)), names)
        self.assertEqual(set(self.cache.keys("user:1?")), {f"user:1{number}" for number in range(10)})
        self.assertEqual(self.cache.keys("user[[]1]"), ["user[1]"])
        self.assertEqual(set(self.cache.keys("*")), names | {"else", "user[1]"})
        self.assertEqual(self.cache.delete_pattern("user:1*"), 111)
        self.assertEqual(self.cache.delete_pattern("user:*", itersize=10), 189)
        self.assertEqual(set(self.cache.keys("*")), {"else", "user[1]"})
        self.assertEqual(self.cache.delete_pattern("none*"), 0)

    def test_clear_is_of_its_own_database(self):
        self.cache.set("a", 1)
        self.other.set("a", 2)
        self.assertEqual((self.cache.get("a"), self.other.get("a")), (1, 2))
        self.cache.clear()
        self.assertEqual((self.cache.get("a"), self.other.get("a")), (None, 2))
        self.assertEqual(self.cache.keys("*"), [])

    def test_a_lock_excludes(self):
        self.cache.set("sum", 0)

        def add(_):
            for _ in range(10):
                with self.cache.lock("lock", timeout=PATIENCE * 3, sleep=0.001):
                    self.cache.set("sum", self.cache.get("sum") + 1)

        self.in_threads(4, add)
        self.assertEqual(self.cache.get("sum"), 40)
        lock = self.cache.lock("lock")
        self.assertTrue(lock.acquire(blocking=False))
        self.assertFalse(self.cache.lock("lock").acquire(blocking=False))
        lock.release()

    def test_sessions_are_kept(self):
        from importlib import import_module

        for engine in ("cache", "cached_db"):
            store = import_module(f"django.contrib.sessions.backends.{engine}").SessionStore
            session = store()
            session["user"] = {"id": 5}
            session.save()
            self.assertEqual(store(session.session_key)["user"], {"id": 5})
            self.assertTrue(store(session.session_key).exists(session.session_key))
            known = store(session.session_key)
            known["user"] = 6
            known.save()
            self.assertEqual(store(session.session_key)["user"], 6)
            old = known.session_key
            known.cycle_key()
            self.assertEqual((store(known.session_key)["user"], store(old).get("user")), (6, None))
            # What the cache forgets is in the database, of cached_db.
            self.cache.clear()
            self.assertEqual(store(known.session_key).get("user"), 6 if engine == "cached_db" else None)
            known.flush()
            self.assertIsNone(store(known.session_key).get("user"))

    def test_pages_are_kept(self):
        from django.http import HttpResponse
        from django.test import RequestFactory
        from django.views.decorators.cache import cache_page
        from django.views.decorators.vary import vary_on_headers

        made = []

        @cache_page(60)
        @vary_on_headers("X-Kind")
        def view(request):
            made.append(request.get_full_path())
            return HttpResponse(f"page {len(made)} of {request.get_full_path()}")

        factory = RequestFactory()
        for target, kind, expected in (("/a", "1", 1), ("/a", "1", 1), ("/a", "2", 2), ("/a?x=1", "1", 3), ("/a?x=1", "1", 3), ("/a", "2", 2)):
            response = view(factory.get(target, HTTP_X_KIND=kind))
            self.assertEqual(response.content.decode(), f"page {expected} of {target}")
        self.cache.clear()
        self.assertEqual(view(factory.get("/a", HTTP_X_KIND="1")).content, b"page 4 of /a")


class DjangoAtTheDoor(DjangoCache, AtTheDoor):
    pass


class DjangoAtRedis(DjangoCache, AtRedis):
    pass


class DjangoBehindAPassword(DjangoCache, AtTheDoor):
    password = "pass: word?"

    def test_it_has_to_be_the_right_one(self):
        import redis
        from django_redis.cache import RedisCache

        for options in ({"PASSWORD": "wrong"}, {}):
            cache = RedisCache(self.url(3), {"OPTIONS": options})
            with self.assertRaises((redis.exceptions.AuthenticationError, redis.exceptions.ResponseError)):
                cache.get("a")


class DjangoOnAUnixSocket(DjangoCache, AtTheDoor):
    @classmethod
    def make_address(cls):
        directory = tempfile.TemporaryDirectory(prefix="sidecache-test-query-")
        cls.addClassCleanup(directory.cleanup)
        return f"unix:{os.path.join(directory.name, 'query.sock')}"

    def url(self, database=1):
        return f"unix://{urllib.parse.quote(self.server.query_address)}?db={database}"


if __name__ == "__main__":
    unittest.main()
