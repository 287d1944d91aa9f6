"""The garbage collector rests while rows are planned, and works again afterwards, whatever happens."""

import gc

import pytest

from db.importing import collecting


def test_it_rests_until_the_last_of_several_is_done() -> None:
    with collecting.paused():
        with collecting.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), collecting.paused():
        raise ZeroDivisionError
    assert gc.isenabled()
