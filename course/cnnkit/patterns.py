"""Ways in which an array of the right shape can be wrong, each with a sentence about it."""

from __future__ import annotations

import numpy as np

from cnnkit.compare import close


def _transposed(want: np.ndarray, got: np.ndarray) -> bool:
    return want.ndim == 2 and want.shape[0] == want.shape[1] and close(want.T, got)


def _flipped(want: np.ndarray, got: np.ndarray) -> bool:
    axes = range(min(want.ndim, 2))
    return any(close(np.flip(want, axis), got) for axis in axes) or (
        want.ndim >= 2 and close(want[::-1, ::-1], got)
    )


def _other_rows(want: np.ndarray, got: np.ndarray) -> bool:
    if want.ndim != 2 or len(want) < 2:
        return False
    return close(want[np.lexsort(want.T)], got[np.lexsort(got.T)])


def _scaled(want: np.ndarray, got: np.ndarray) -> bool:
    sure = np.abs(want) > 1e-6
    if np.count_nonzero(sure) < 2:
        return False
    ratios = got[sure] / want[sure]
    ratio = float(np.median(ratios))
    return ratio != 0 and close(want * ratio, got) and np.ptp(ratios) < 1e-4 * abs(ratio) + 1e-9


def _offset(want: np.ndarray, got: np.ndarray) -> bool:
    return want.size > 1 and float(np.ptp(got - want)) < 1e-6


def _shifted(want: np.ndarray, got: np.ndarray) -> bool:
    if want.ndim < 2 or min(want.shape[:2]) < 3:
        return False
    return (
        close(want[1:], got[:-1])
        or close(want[:-1], got[1:])
        or close(want[:, 1:], got[:, :-1])
        or close(want[:, :-1], got[:, 1:])
        or close(want[1:, 1:], got[:-1, :-1])
        or close(want[:-1, :-1], got[1:, 1:])
    )


def _rounded(want: np.ndarray, got: np.ndarray) -> bool:
    fractions = int(np.count_nonzero(want != np.round(want)))
    return fractions > min(1, want.size - 1) and any(
        np.array_equal(got, whole(want)) for whole in (np.trunc, np.floor, np.round, np.ceil)
    )


def _cut(want: np.ndarray, got: np.ndarray) -> bool:
    return any(np.allclose(got, np.round(want, digits), 0, 1e-9) for digits in (1, 2, 3, 4))


def _nearly(want: np.ndarray, got: np.ndarray) -> bool:
    off = np.abs(got - want)
    return bool(off.max() < 0.01 * np.max(np.abs(want)) and np.mean(off > 1e-5) > 0.5)


def _offset_by_last(want: np.ndarray, got: np.ndarray) -> bool:
    if want.ndim < 2 or want[..., 0].size < 2:
        return False
    off = (got - want).reshape(-1, want.shape[-1])
    return bool(off.any() and np.ptp(off, axis=0).max() < 1e-6)


def _never_filled(want: np.ndarray, got: np.ndarray) -> bool:
    wrong = np.abs(got - want) > 1e-5 * np.maximum(1, np.abs(want))
    return want.size > 3 and 1 < wrong.sum() < want.size and not got[wrong].any()


def _wrapped(want: np.ndarray, got: np.ndarray) -> bool:
    off = got - want
    return bool(np.any(off) and np.all(off % 256 == 0))


PATTERNS = (
    (lambda want, got: not got.any() and want.any(),
     "Every value of your result is 0. Is it ever filled in?"),
    (_transposed, "Your result is transposed: rows and columns are swapped."),
    (_flipped, "Your values are there, but mirrored: look at the order of the indices."),
    (_other_rows, "The rows of your table are right, but they stand in another order."),
    (lambda want, got: close(-want, got), "Every value has the wrong sign."),
    (_rounded, "Your values are whole numbers where fractions are expected. "
               "Are they rounded, or put into an array of whole numbers?"),
    (_cut, "Your values are rounded. Return them with all their digits."),
    (_wrapped, "Your values are off by multiples of 256: an 8-bit number overflowed. "
               "Compute in a wider type first."),
    (_scaled, "Your values are all too large or too small by one factor."),
    (_offset, "Your values are all off by the same constant."),
    (_offset_by_last, "Along the last axis, each part of your result is off by a constant of its "
                      "own. Look at what is added to it, or taken away: a bias, a mean?"),
    (lambda want, got: want.min() < 0 and close(np.maximum(want, 0), got),
     "Your negative values have become 0. Here they should stay."),
    (lambda want, got: want.min() < 0 and close(np.abs(want), got),
     "Your negative values have lost their sign."),
    (_never_filled, "Where your values are wrong they are all 0. Are these places ever filled in? "
                    "Look at where your loops begin and end, and what happens in them."),
    (_nearly, "All your values are nearly right. Look for a rounded number, or for a number in "
              "your formula that is slightly wrong."),
    (_shifted, "Your values are there, but one place off: look at where the window starts."),
)
