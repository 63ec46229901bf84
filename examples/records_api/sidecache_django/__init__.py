"""Keeps sidecache's store right for writes that never pass the proxy.

Reads say in ``Cache-Groups`` which rows they show; writes name the same groups after
their commit, in ``Cache-Group-Invalidation`` or at the proxy's admin door. README.md
shows how to add it to a project.
"""

from sidecache_django.api import depends_on, group_of, invalidate
from sidecache_django.door import InvalidationFailed

__all__ = ["InvalidationFailed", "depends_on", "group_of", "invalidate"]
