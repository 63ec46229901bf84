vcl 4.1;

backend origin {
    .host = "127.0.0.1";
    .port = "@ORIGIN@";
}

# The built-in rules without the one that passes every request with a Cookie: RFC 9111 has no such rule, and browsers send some.
sub vcl_recv {
    if (req.method == "GET" || req.method == "HEAD") {
        return (hash);
    }
}
