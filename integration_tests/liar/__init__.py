"""Whole connectors against servers that lie: what is drawn, what is owed, and the command that runs many of them.

`lists` has the lists that may be lied about, `plan` what one run does, `runs` does it, `judge` says what was owed;
`cases` has a run for every lie. Commands run in processes (`process`, `forks`) whose waits are short (`haste`).
"""
