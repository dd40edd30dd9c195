"""How a source is installed: its console script, and the version of the package that brings it."""

from importlib.metadata import entry_points


def script_of(source: object) -> str:
    """The name of the console script: that of the source's package, with hyphens."""
    return type(source).__module__.partition(".")[0].replace("_", "-")


def version_of(source: object) -> str:
    """Empty where the source is not installed."""
    scripts = entry_points(group="console_scripts", name=script_of(source))
    return next((one.dist.version for one in scripts if one.dist), "")
