"""The files that a poller keeps: how they are opened, and what is said when they cannot be used."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import UserError, configuration_error

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
IS_FULL = "the disk is full, or the user's share of it. Make room."
MOUNT = "In a container, mount the file's folder, and let the user with the id 1000 write it."


class StorageError(UserError):
    """A file that cannot be written: a configuration error, after which a daemon goes on with what it can do."""

    def __init__(self, message: str):
        super().__init__(message=message, internal_message=message, failure_type=FailureType.config_error)


class InUse(UserError):  # noqa: N818 - it is a state of the queue
    """The queue is another process's."""

    def __init__(self, path: str):
        message = f"The queue of notifications is in use: {path}. Stop the other poller, or give this one its own file."
        super().__init__(message=message, internal_message=message, failure_type=FailureType.config_error)


def owners_only(path: str) -> None:
    """Make the file where there is none, and let only its owner read it, through a link as well. Raises OSError."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def unusable(what: str, path: object, why: str, is_full: bool) -> StorageError:
    return StorageError(f"{what}: {path}: {IS_FULL if is_full else f'{why}. {MOUNT}'}")


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Turn what goes wrong with the queue's file into a configuration error that says what to do."""
    what = "The queue of notifications cannot be used"
    try:
        yield
    except OSError as error:
        raise unusable(what, path, error.strerror or str(error), error.errno in FULL) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise InUse(path) from error
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise not_ours(path, str(error)) from error
        raise unusable(what, path, str(error), code == sqlite3.SQLITE_FULL) from error


def not_ours(path: str, why: str) -> AirbyteTracedException:
    return configuration_error(
        f"{path} does not hold a queue of notifications: {why}. Give the path of the queue, or of a file to be created."
    )
