"""What `make demo` shows of each source."""

from demos.closeio import CLOSE
from demos.connectwise import CONNECTWISE
from demos.insightly import INSIGHTLY
from demos.show import Show

SHOWS: tuple[Show, ...] = (CLOSE, CONNECTWISE, INSIGHTLY)
