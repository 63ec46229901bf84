"""python3 -m drug_register [port]"""

import sys

from drug_register.server import make_server

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8100
with make_server("127.0.0.1", port) as server:
    print(f"drug register on http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
