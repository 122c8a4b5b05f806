"""Why the system refused, in the language in use: its own words are English, whatever the locale."""

from __future__ import annotations

import errno

from smdash.locale import gettext as _
from smdash.locale import noop

# POSIX.1-2024, <errno.h>: those that a person meets.
_REASONS = {
    errno.EACCES: noop("permission denied"),
    errno.EPERM: noop("not permitted"),
    errno.ENOENT: noop("there is no such file"),
    errno.EEXIST: noop("it is there already"),
    errno.ENOTDIR: noop("a part of the path is not a folder"),
    errno.EISDIR: noop("it is a folder"),
    errno.ENOTEMPTY: noop("the folder is not empty"),
    errno.ENOSPC: noop("the disk is full"),
    errno.EDQUOT: noop("the quota is used up"),
    errno.EROFS: noop("the file system is read-only"),
    errno.EIO: noop("the disk reports an error"),
    errno.EFBIG: noop("the file would be too large"),
    errno.EMFILE: noop("too many files are open"),
    errno.ENFILE: noop("too many files are open"),
    errno.ELOOP: noop("its links lead in a circle"),
    errno.ENAMETOOLONG: noop("the name is too long"),
    errno.ENOEXEC: noop("it is not a program"),
    errno.EBUSY: noop("it is in use"),
}


def reason(problem: OSError) -> str:
    """What an OSError says, in a few words; one that is not known here keeps the system's."""
    known = _REASONS.get(problem.errno or 0)
    return _(known) if known else str(problem.strerror or problem)
