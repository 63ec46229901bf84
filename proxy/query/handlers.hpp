// What the commands of the table do (Redis 7.0's documentation of each): their handlers, by subject.
#pragma once

#include "proxy/query/call.hpp"

namespace sidecache::query {

// Strings
void get(Call& call);
void set(Call& call);
void setex(Call& call);
void psetex(Call& call);
void setnx(Call& call);
void getset(Call& call);
void getdel(Call& call);
void getex(Call& call);
void mget(Call& call);
void mset(Call& call);
void msetnx(Call& call);
void append(Call& call);
void strlen(Call& call);
void getrange(Call& call);
void setrange(Call& call);

// Numbers in strings
void incr(Call& call);
void decr(Call& call);
void incrby(Call& call);
void decrby(Call& call);
void incrbyfloat(Call& call);

// Keys
void del(Call& call);
void exists(Call& call);
void type(Call& call);
void rename(Call& call);
void renamenx(Call& call);
void copy(Call& call);
void keys(Call& call);
void scan(Call& call);
void dbsize(Call& call);
void flushdb(Call& call);
void flushall(Call& call);
void swapdb(Call& call);

// When keys expire
void expire(Call& call);
void pexpire(Call& call);
void expireat(Call& call);
void pexpireat(Call& call);
void persist(Call& call);
void ttl(Call& call);
void pttl(Call& call);
void expiretime(Call& call);
void pexpiretime(Call& call);

// Transactions
void multi(Call& call);
void exec(Call& call);
void discard(Call& call);
void watch(Call& call);
void unwatch(Call& call);

// Scripts
void eval(Call& call);
void evalsha(Call& call);
void script(Call& call);

// Connections
void ping(Call& call);
void echo(Call& call);
void select(Call& call);
void auth(Call& call);
void hello(Call& call);
void quit(Call& call);
void reset(Call& call);
void client(Call& call);

// The server
void command(Call& call);
void config(Call& call);
void info(Call& call);
void memory(Call& call);
void object(Call& call);
void time(Call& call);

// Shared by commands and scripts: adds `amount` to what stands there, which keeps its time, and replies.
void add_to(Call& call, std::string_view key, std::int64_t amount);

}  // namespace sidecache::query
