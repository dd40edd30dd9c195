"""The command `verify`: whether a server does what the source relies on, looked at as the guards look."""
