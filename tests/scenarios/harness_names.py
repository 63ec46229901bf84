"""Host names that one process alone sees, and that the test changes under it.

    names = PrivateNames({"app.test": ["127.0.0.2", "127.0.0.3"]})
    proxy.command = names.command(proxy.command)   # before start()
    names.write({"app.test": ["127.0.0.4"]})       # whole or not at all: the next look-up sees it
    names.remove()

The proxy asks the system's own getaddrinfo, which asks name servers on port 53 only, and those of the machine. So the process gets a mount
namespace of its own, in which /etc holds nothing but the files that getaddrinfo reads: `hosts`, read anew at each look-up, is all that there
is to ask. That needs no name server, no port and nothing of the machine's; it takes root, or user namespaces that anybody may make.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

FILES = {
    "nsswitch.conf": "hosts: files\n",
    "host.conf": "multi on\n",  # all lines of a name count, not the first alone
}
ENTER = 'mount --bind "$0" /etc && exec "$@"'


class PrivateNames:
    def __init__(self, names):
        self._folder = Path(tempfile.mkdtemp(prefix="sidecache-test-etc-"))
        self._folder.chmod(0o755)
        for name, text in FILES.items():
            (self._folder / name).write_text(text)
        if os.path.exists("/etc/ld.so.cache"):
            shutil.copy("/etc/ld.so.cache", self._folder)
        self.write(names)

    def write(self, names):
        """{name: addresses}, in place of all that was before."""
        lines = [f"{address} {name}\n" for name, addresses in names.items() for address in addresses]
        new = self._folder / "hosts.new"
        new.write_text("".join(lines))
        os.replace(new, self._folder / "hosts")

    def command(self, command):
        """The command, run where these names hold; its process id stays that of whoever starts it."""
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        return ["unshare", *as_root, "--mount", "sh", "-c", ENTER, str(self._folder), *command]

    def remove(self):
        shutil.rmtree(self._folder, ignore_errors=True)


def why_not():
    """Why this machine does not let us, or None."""
    names = PrivateNames({})
    try:
        done = subprocess.run(names.command(["true"]), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return None if done.returncode == 0 else f"no mount namespace to be had: {done.stderr.strip()}"
    except FileNotFoundError as error:
        return str(error)
    finally:
        names.remove()
