"""What the engine does not stand yet. NOT_YET has cases of test_lies.py, which fail and must fail until they are taken
out; LEFT_OUT has lies that test_liar.py does not draw.

Insightly counts the rows of a search, and whether that follows the filter is not known: a server that sends nothing
and counts a thousand is told, but believed. A row that is odd in every way at once is printed as JSON that strict
readers refuse.
"""

NOT_YET: tuple[str, ...] = (
    "closeio: odd_text(form='each') about leads",
    "connectwise: odd_text(form='each') about tickets",
    "insightly: odd_text(form='each') about contacts",
    "insightly: empty_for_ever(after=0) about contacts",
)
LEFT_OUT: tuple[str, ...] = ("empty_for_ever", "odd_text")
