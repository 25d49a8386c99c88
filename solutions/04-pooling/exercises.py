"""How lesson 04 is marked: pooling one map, many maps, and a whole map into one number."""

import numpy as np

from autograder.declare import Exercise, Window, case, grid, pixels


def pool(feature_map, size, stride, summary):
    """Summarize every window that fits; the mistakes below bend this."""
    height, width = feature_map.shape
    return np.array(
        [
            [
                summary(feature_map[r : r + size, c : c + size])
                for c in range(0, width - size + 1, stride)
            ]
            for r in range(0, height - size + 1, stride)
        ],
        dtype=float,
    )


def pool_hanging(feature_map, size, stride, summary):
    """Like :func:`pool`, but windows that hang over the edge count with what they see."""
    height, width = feature_map.shape
    return np.array(
        [
            [
                summary(feature_map[r : r + size, c : c + size])
                for c in range(0, width - size + stride, stride)
            ]
            for r in range(0, height - size + stride, stride)
        ],
        dtype=float,
    )


def crept(feature_map, size, stride, summary):
    """A result of the right shape whose windows are one pixel apart."""
    every = pool(feature_map, size, 1, summary)
    return every[: (len(every) - 1) // stride + 1, : (every.shape[1] - 1) // stride + 1]


def each(feature_maps, size, stride, summary):
    """Pool every channel alone."""
    channels = np.moveaxis(feature_maps, -1, 0)
    return np.stack([pool(channel, size, stride, summary) for channel in channels], axis=-1)


def summary_for(mode):
    """Turn the name of a mode into a function, or raise ValueError."""
    if mode not in ("max", "average"):
        raise ValueError(f"no such mode: {mode!r}")
    return np.max if mode == "max" else np.mean


def odd_one_in_four(rng, shape):
    """Bytes from 128 on whose 2×2 windows never have a whole mean, nor a sum below 256."""
    corners = np.zeros(shape, dtype=np.uint8)
    corners[::2, ::2] = 1
    return (128 + 4 * rng.integers(0, 31, size=shape)).astype(np.uint8) + corners


# --- max_pool2d ----------------------------------------------------------------------------

max_pool2d = Exercise(
    "max_pool2d",
    points=3,
    minutes=9,
    hints=(
        "It is the sliding window of the last lesson, with no kernel to multiply by.",
        "Work out how many windows fit in each direction. For each, find its top left corner: "
        "the cell's row and column, times the stride. Cut the window out and keep its largest "
        "value, even if that is negative.",
        "A map 5 high and 7 wide, size 3, stride 2: windows start in rows 0 and 2 and in "
        "columns 0, 2 and 4, so the result is 2×3.",
    ),
    window=Window(of="feature_map", size="size", stride="stride"),
)


@max_pool2d.cases
def max_pool2d_cases(rng):
    yield case("windows side by side", "4×4, size 2, stride 2", grid(rng, (4, 4), 0.0, 4.0))
    yield case("windows side by side", "4×6, size 2, stride 2", grid(rng, (4, 6)))
    yield case("windows side by side", "6×9, size 3, stride 3", grid(rng, (6, 9)), 3, 3)
    yield case("negative values", "4×6, all below zero", -grid(rng, (4, 6), 0.25, 2.0))
    yield case("negative values", "5×4, size 3, stride 1", -grid(rng, (5, 4), 0.25, 2.0), 3, 1)
    # Thirds, so that nothing may be rounded.
    yield case("windows that overlap", "5×7, size 3, stride 2", grid(rng, (5, 7)) / 3, 3, 2)
    yield case("windows that overlap", "4×5, size 2, stride 1", grid(rng, (4, 5)), stride=1)
    yield case("windows that overlap", "6×5, size 4, stride 1", grid(rng, (6, 5)), 4, stride=1)
    yield case("windows that leave gaps", "5×8, size 2, stride 3", grid(rng, (5, 8)), 2, 3)
    yield case("windows that leave gaps", "5×6, size 1, stride 2", grid(rng, (5, 6)), size=1)
    yield case("a rest at the edge", "5×7, size 2, stride 2", grid(rng, (5, 7)))
    yield case("a rest at the edge", "7×8, size 3, stride 3", grid(rng, (7, 8)), 3, 3)
    # Only three values, the largest always among them more than once.
    ties = rng.permutation(np.repeat([-1.5, 0.25, 1.75], 8)).reshape(4, 6)
    yield case("other kinds of arrays", "many equal values", ties)
    yield case("other kinds of arrays", "whole numbers", pixels(rng, (4, 5)), 2, 2)
    yield case(
        "other kinds of arrays",
        "float32, every second column",
        grid(rng, (4, 8)).astype(np.float32)[:, ::2],
    )
    yield case(
        "other kinds of arrays", "Fortran order", np.asfortranarray(grid(rng, (6, 5))), 3, 2
    )


@max_pool2d.mistake(
    "average",
    "Your values are the means of the windows. Max pooling keeps one value of each window, the "
    "largest, and forgets the rest.",
)
def max_pool2d_average(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.mean)


@max_pool2d.mistake(
    "minimum",
    "You keep the smallest value of each window. Max pooling keeps the largest: the strongest "
    "answer of the filter.",
)
def max_pool2d_minimum(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.min)


@max_pool2d.mistake(
    "sum",
    "You add up the values of each window. Max pooling adds nothing; it picks the largest.",
)
def max_pool2d_sum(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.sum)


@max_pool2d.mistake(
    "first-value",
    "You keep the top left value of each window. That skips pixels without looking at them. "
    "Compare all values of the window.",
)
def max_pool2d_first_value(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, lambda window: window[0, 0])


@max_pool2d.mistake(
    "last-value",
    "You keep the bottom right value of each window: each value replaces the one before, larger "
    "or not. Replace only when the new one is larger.",
)
def max_pool2d_last_value(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, lambda window: window[-1, -1])


@max_pool2d.mistake(
    "absolute",
    "Where a window holds a strongly negative value, you are wrong. You compare sizes without "
    "their signs. On the number line, −3 is less than 1.",
)
def max_pool2d_absolute(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, lambda window: np.max(np.abs(window.astype(float))))


@max_pool2d.mistake(
    "starts-at-zero",
    "Where all values of a window are negative you give 0, and no 0 is there. Your search starts "
    "at 0. Start from a value of the window itself.",
)
def max_pool2d_starts_at_zero(feature_map, size=2, stride=2):
    return np.maximum(pool(feature_map, size, stride, np.max), 0)


@max_pool2d.mistake(
    "swapped",
    "You are right only where size and stride are equal: they have changed places. The size says "
    "how large a window is, the stride how far apart they are.",
)
def max_pool2d_swapped(feature_map, size=2, stride=2):
    return pool(feature_map, stride, size, np.max)


@max_pool2d.mistake(
    "size-as-stride",
    "Your windows always lie side by side. Try size 3 with stride 2: they should overlap. The "
    "distance from one window to the next is the stride, not the size.",
)
def max_pool2d_size_as_stride(feature_map, size=2, stride=2):
    return pool(feature_map, size, size, np.max)


@max_pool2d.mistake(
    "stride-as-size",
    "Your windows are as large as the stride. How large a window is, the size says; the stride "
    "only says how far apart they start.",
)
def max_pool2d_stride_as_size(feature_map, size=2, stride=2):
    return pool(feature_map, stride, stride, np.max)


@max_pool2d.mistake(
    "always-two-by-two",
    "Your windows are always 2×2, whatever the size. Is there a 2 in your code that should be "
    "the argument?",
)
def max_pool2d_always_two_by_two(feature_map, size=2, stride=2):
    return pool(feature_map, 2, stride, np.max)


@max_pool2d.mistake(
    "corner-not-multiplied",
    "Your result has the right size, but your windows are only one pixel apart. The cell's row "
    "and column count windows. Where in the map does window number 1 begin?",
)
def max_pool2d_corner_not_multiplied(feature_map, size=2, stride=2):
    return crept(feature_map, size, stride, np.max)


@max_pool2d.mistake(
    "stride-ignored",
    "Your windows move by one pixel at a time, whatever the stride. How far from each other "
    "should two neighbouring windows start?",
)
def max_pool2d_stride_ignored(feature_map, size=2, stride=2):
    return pool(feature_map, size, 1, np.max)


@max_pool2d.mistake(
    "last-window-missing",
    "Your result lacks its last row and column whenever the windows fit exactly. A window may "
    "touch the edge. Remember that `range` stops before its end.",
)
def max_pool2d_last_window_missing(feature_map, size=2, stride=2):
    return pool(feature_map[:-1, :-1], size, stride, np.max)


@max_pool2d.mistake(
    "hanging-windows",
    "Your result has a row or column too many when the windows leave a rest. Those at the edge "
    "hang over it. A window that does not fit entirely does not count.",
)
def max_pool2d_hanging_windows(feature_map, size=2, stride=2):
    return pool_hanging(feature_map, size, stride, np.max)


@max_pool2d.mistake(
    "whole-numbers",
    "Your values have lost their fractions. You store them in an array of whole numbers. Look at "
    "the dtype of the array you start from.",
)
def max_pool2d_whole_numbers(feature_map, size=2, stride=2):
    return np.trunc(pool(feature_map, size, stride, np.max))


# --- average_pool2d ------------------------------------------------------------------------

average_pool2d = Exercise(
    "average_pool2d",
    points=2,
    minutes=7,
    hints=(
        "Everything you need is in your `max_pool2d`. One word of it changes.",
        "Slide the same windows. Of each, keep the mean: the sum of its values divided by how "
        "many there are. The result needs room for fractions, also if the map holds whole numbers.",
        "The window 1, 2, 3, 5 has the sum 11 and four values: the mean is 2.75. A 3×3 window "
        "has nine values.",
    ),
    window=Window(of="feature_map", size="size", stride="stride"),
)


@average_pool2d.cases
def average_pool2d_cases(rng):
    yield case("windows side by side", "4×4, size 2, stride 2", grid(rng, (4, 4), 0.0, 4.0))
    yield case("windows side by side", "4×6, size 2, stride 2", grid(rng, (4, 6)))
    yield case("other window sizes", "6×9, size 3, stride 3", grid(rng, (6, 9)), 3, 3)
    yield case("other window sizes", "8×4, size 4, stride 4", grid(rng, (8, 4)), 4, 4)
    yield case("windows that overlap", "5×7, size 3, stride 2", grid(rng, (5, 7)), 3, 2)
    yield case("windows that overlap", "4×5, size 2, stride 1", grid(rng, (4, 5)), stride=1)
    yield case("windows that leave gaps", "5×8, size 2, stride 3", grid(rng, (5, 8)), 2, 3)
    yield case("a rest at the edge", "5×7, size 2, stride 2", grid(rng, (5, 7)))
    yield case("a rest at the edge", "7×8, size 3, stride 3", grid(rng, (7, 8)), size=3, stride=3)
    yield case("whole numbers", "bytes of 128 and more", odd_one_in_four(rng, (4, 6)))
    yield case(
        "whole numbers", "signed whole numbers", odd_one_in_four(rng, (6, 4)).astype(np.int64) - 190
    )
    yield case(
        "other kinds of arrays",
        "float32, every second column",
        grid(rng, (4, 8)).astype(np.float32)[:, ::2],
    )
    yield case(
        "other kinds of arrays", "Fortran order", np.asfortranarray(grid(rng, (6, 5))), 3, 2
    )


@average_pool2d.mistake(
    "maximum",
    "You keep the largest value of each window. Average pooling lets every value count: it keeps "
    "the mean.",
)
def average_pool2d_maximum(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.max)


@average_pool2d.mistake(
    "sum",
    "Your values are too large by the number of values in a window. You have the sum. What turns "
    "a sum into a mean?",
)
def average_pool2d_sum(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.sum)


@average_pool2d.mistake(
    "divided-by-size",
    "Your values are too large by a factor: the size. A window of size 3 has three rows of three "
    "values. By how many values do you divide?",
)
def average_pool2d_divided_by_size(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.sum) / size


@average_pool2d.mistake(
    "divided-by-four",
    "With 2×2 windows you are right, with others not. You always divide by four. How many values "
    "does a window of the given size have?",
)
def average_pool2d_divided_by_four(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.sum) / 4


@average_pool2d.mistake(
    "divided-by-stride",
    "You are wrong where stride and size differ. You divide by the stride squared. The number of "
    "values in a window depends on its size alone.",
)
def average_pool2d_divided_by_stride(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.sum) / stride**2


@average_pool2d.mistake(
    "median",
    "Your values are close but not equal: they are medians, the values in the middle. The mean "
    "is the sum divided by the count.",
)
def average_pool2d_median(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, np.median)


@average_pool2d.mistake(
    "middle-of-extremes",
    "You take the middle between the smallest and the largest value. The mean takes all values "
    "of the window into account.",
)
def average_pool2d_middle_of_extremes(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, lambda window: window.min() / 2 + window.max() / 2)


@average_pool2d.mistake(
    "floor-division",
    "Your means have lost their fractions. The division `//` rounds down; `/` does not.",
)
def average_pool2d_floor_division(feature_map, size=2, stride=2):
    return np.floor(pool(feature_map, size, stride, np.mean))


@average_pool2d.mistake(
    "bytes-wrap",
    "With bytes your means are too small. The sum of a few bytes does not fit in a byte and "
    "starts again from 0. Turn the window into floats before you add.",
)
def average_pool2d_bytes_wrap(feature_map, size=2, stride=2):
    return pool(feature_map, size, stride, lambda w: np.sum(w, dtype=w.dtype) / w.size)


@average_pool2d.mistake(
    "swapped",
    "You are right only where size and stride are equal: they have changed places. The size says "
    "how large a window is, the stride how far apart they are.",
)
def average_pool2d_swapped(feature_map, size=2, stride=2):
    return pool(feature_map, stride, size, np.mean)


@average_pool2d.mistake(
    "size-as-stride",
    "Your windows always lie side by side. With size 3 and stride 2 they should overlap. The "
    "distance from one window to the next is the stride.",
)
def average_pool2d_size_as_stride(feature_map, size=2, stride=2):
    return pool(feature_map, size, size, np.mean)


@average_pool2d.mistake(
    "corner-not-multiplied",
    "Your result has the right size, but your windows are only one pixel apart. Where in the map "
    "does window number 1 begin?",
)
def average_pool2d_corner_not_multiplied(feature_map, size=2, stride=2):
    return crept(feature_map, size, stride, np.mean)


@average_pool2d.mistake(
    "last-window-missing",
    "Your result lacks its last row and column whenever the windows fit exactly. A window may "
    "touch the edge. Remember that `range` stops before its end.",
)
def average_pool2d_last_window_missing(feature_map, size=2, stride=2):
    return pool(feature_map[:-1, :-1], size, stride, np.mean)


@average_pool2d.mistake(
    "hanging-windows",
    "Your result has a row or column too many when the windows leave a rest. A window that does "
    "not fit entirely does not count.",
)
def average_pool2d_hanging_windows(feature_map, size=2, stride=2):
    return pool_hanging(feature_map, size, stride, np.mean)


@average_pool2d.mistake(
    "whole-numbers",
    "With a map of whole numbers your means have lost their fractions. You store them in an array "
    "of the map's own dtype. Use one for floats.",
)
def average_pool2d_whole_numbers(feature_map, size=2, stride=2):
    means = pool(feature_map, size, stride, np.mean)
    return means if feature_map.dtype.kind == "f" else np.trunc(means)


# --- pool_layer ----------------------------------------------------------------------------

pool_layer = Exercise(
    "pool_layer",
    points=3,
    minutes=8,
    hints=(
        "You have two functions that pool one map. How many maps are in the stack?",
        "Pool each channel alone and stack the results along the last axis. Hand size and stride "
        "on. Choose the function by the mode, and say clearly when you don't know the mode.",
        "Maps of 4×6×3 with size 2 and stride 2 give 2×3×3: fewer rows and columns, the same "
        'three channels. The mode "median" is unknown: raise a ValueError.',
    ),
    window=Window(of="feature_maps", size="size", stride="stride"),
)


@pool_layer.cases
def pool_layer_cases(rng):
    yield case("maximum", "4×6×3, all defaults", grid(rng, (4, 6, 3)))
    yield case("maximum", "5×4×2, all defaults", grid(rng, (5, 4, 2)))
    yield case("maximum", "6×3×4, said by name", grid(rng, (6, 3, 4)), mode="max")
    yield case("average", "4×6×3", grid(rng, (4, 6, 3)), mode="average")
    yield case("average", "6×3×2, size 3, stride 3", grid(rng, (6, 3, 2)), 3, 3, "average")
    yield case("size and stride", "5×7×2, size 3, stride 2", grid(rng, (5, 7, 2)), 3, 2)
    yield case("size and stride", "5×8×3, size 2, stride 3", grid(rng, (5, 8, 3)), stride=3)
    yield case(
        "size and stride",
        "5×4×3, size 3, stride 1, average",
        grid(rng, (5, 4, 3)),
        mode="average",
        stride=1,
        size=3,
    )
    yield case("one channel", "4×5×1", grid(rng, (4, 5, 1)))
    yield case("one channel", "5×4×1, average", grid(rng, (5, 4, 1)), mode="average")
    yield case("an unknown mode", "“median”", grid(rng, (4, 4, 2)), mode="median")
    yield case("an unknown mode", "“minimum”", grid(rng, (4, 6, 3)), 2, 2, "minimum")
    yield case("an unknown mode", "a name cut short", grid(rng, (4, 4, 3)), mode="ave")
    whole = np.stack([odd_one_in_four(rng, (4, 6)), odd_one_in_four(rng, (4, 6))], axis=-1)
    yield case("other kinds of arrays", "bytes, average", whole, mode="average")
    yield case(
        "other kinds of arrays",
        "float32, every second column",
        grid(rng, (4, 8, 2)).astype(np.float32)[:, ::2],
    )
    yield case(
        "other kinds of arrays", "Fortran order", np.asfortranarray(grid(rng, (4, 5, 3))), 2, 1
    )


@pool_layer.mistake(
    "modes-swapped",
    "Your maximum is an average and your average is a maximum. The two modes have changed places.",
)
def pool_layer_modes_swapped(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, size, stride, {np.max: np.mean, np.mean: np.max}[summary_for(mode)])


@pool_layer.mistake(
    "always-average",
    "You give averages whatever the mode. Where in your code does the mode decide anything?",
)
def pool_layer_always_average(feature_maps, size=2, stride=2, mode="max"):
    summary_for(mode)
    return each(feature_maps, size, stride, np.mean)


@pool_layer.mistake(
    "always-max",
    "You give maxima whatever the mode. Where in your code does the mode decide anything?",
)
def pool_layer_always_max(feature_maps, size=2, stride=2, mode="max"):
    summary_for(mode)
    return each(feature_maps, size, stride, np.max)


@pool_layer.mistake(
    "over-channels",
    "Your result has lost its channels. Pooling makes a map smaller, but keeps as many maps. "
    "Which axes should be summarized, and which not?",
)
def pool_layer_over_channels(feature_maps, size=2, stride=2, mode="max"):
    pooled = each(feature_maps, size, stride, summary_for(mode))
    return summary_for(mode)(pooled, axis=-1)


@pool_layer.mistake(
    "strongest-of-all-channels",
    "All your channels are alike: the summary runs over the channels too. A red map knows "
    "nothing of the blue one. Pool each channel alone.",
)
def pool_layer_strongest_of_all_channels(feature_maps, size=2, stride=2, mode="max"):
    pooled = each(feature_maps, size, stride, summary_for(mode))
    return np.zeros(pooled.shape) + summary_for(mode)(pooled, axis=-1, keepdims=True)


@pool_layer.mistake(
    "first-channel-only",
    "Your result has one channel: the first. As many maps come out as went in.",
)
def pool_layer_first_channel_only(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps[..., :1], size, stride, summary_for(mode))


@pool_layer.mistake(
    "last-channel-everywhere",
    "All your channels show the last map. Each pass of the loop writes over the ones before. "
    "Which index should it write to?",
)
def pool_layer_last_channel_everywhere(feature_maps, size=2, stride=2, mode="max"):
    pooled = each(feature_maps, size, stride, summary_for(mode))
    return np.repeat(pooled[..., -1:], pooled.shape[-1], axis=-1)


@pool_layer.mistake(
    "channels-first",
    "Your numbers are right but the axes are not: yours is (channels, rows, columns). Here the "
    "channels come last.",
)
def pool_layer_channels_first(feature_maps, size=2, stride=2, mode="max"):
    return np.moveaxis(each(feature_maps, size, stride, summary_for(mode)), -1, 0)


@pool_layer.mistake(
    "channels-reshaped",
    "Your channels are torn apart: the shape is right, but numbers of one channel stand in "
    "others. `reshape` only deals the same numbers out anew. To bring the channels to the end, "
    "move the axis or stack along the last one.",
)
def pool_layer_channels_reshaped(feature_maps, size=2, stride=2, mode="max"):
    pooled = each(feature_maps, size, stride, summary_for(mode))
    return np.moveaxis(pooled, -1, 0).reshape(pooled.shape)


@pool_layer.mistake(
    "swapped",
    "You are right only where size and stride are equal: they have changed places. Look at the "
    "order in which you hand them on.",
)
def pool_layer_swapped(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, stride, size, summary_for(mode))


@pool_layer.mistake(
    "size-and-stride-not-handed-on",
    "You always pool with 2×2 windows and stride 2. If another function does the work, does it "
    "get the size and the stride?",
)
def pool_layer_size_and_stride_not_handed_on(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, 2, 2, summary_for(mode))


@pool_layer.mistake(
    "stride-not-handed-on",
    "Your windows are always two pixels apart. If another function does the work, it gets the "
    "size, but does it get the stride?",
)
def pool_layer_stride_not_handed_on(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, size, 2, summary_for(mode))


@pool_layer.mistake(
    "size-as-stride",
    "Your windows always lie side by side. The distance from one window to the next is the "
    "stride, not the size.",
)
def pool_layer_size_as_stride(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, size, size, summary_for(mode))


@pool_layer.mistake(
    "hanging-windows",
    "Your result has a row or column too many when the windows leave a rest. A window that does "
    "not fit entirely does not count.",
)
def pool_layer_hanging_windows(feature_maps, size=2, stride=2, mode="max"):
    channels = np.moveaxis(feature_maps, -1, 0)
    pooled = [pool_hanging(channel, size, stride, summary_for(mode)) for channel in channels]
    return np.stack(pooled, axis=-1)


@pool_layer.mistake(
    "average-refused",
    'You raise an error for the mode "average". Compare, letter by letter, the name in your '
    "condition with the one in the task.",
)
def pool_layer_average_refused(feature_maps, size=2, stride=2, mode="max"):
    if mode != "max":
        raise ValueError(f"no such mode: {mode!r}")
    return each(feature_maps, size, stride, np.max)


@pool_layer.mistake(
    "whole-numbers",
    "With maps of whole numbers your averages have lost their fractions. You store them in an "
    "array of the maps' own dtype. Use one for floats.",
)
def pool_layer_whole_numbers(feature_maps, size=2, stride=2, mode="max"):
    pooled = each(feature_maps, size, stride, summary_for(mode))
    return pooled if feature_maps.dtype.kind == "f" else np.trunc(pooled)


@pool_layer.mistake(
    "unknown-is-average",
    'A mode that does not exist gives averages. Everything that is not "max" ends in your '
    "`else`. A typing error should be told: raise a ValueError.",
)
def pool_layer_unknown_is_average(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, size, stride, np.max if mode == "max" else np.mean)


@pool_layer.mistake(
    "unknown-is-max",
    'A mode that does not exist gives maxima. Everything that is not "average" ends in your '
    "`else`. A typing error should be told: raise a ValueError.",
)
def pool_layer_unknown_is_max(feature_maps, size=2, stride=2, mode="max"):
    return each(feature_maps, size, stride, np.mean if mode == "average" else np.max)


@pool_layer.mistake(
    "unknown-gives-none",
    "A mode that does not exist gives None, and no word about it. Whoever mistyped it will search "
    "for long. Raise a ValueError instead.",
)
def pool_layer_unknown_gives_none(feature_maps, size=2, stride=2, mode="max"):
    if mode not in ("max", "average"):
        return None
    return each(feature_maps, size, stride, summary_for(mode))


# --- global_average_pool -------------------------------------------------------------------

global_average_pool = Exercise(
    "global_average_pool",
    points=1,
    minutes=3,
    hints=(
        "One map becomes one number. Three maps become three.",
        "The window is as large as the map, so nothing slides. Take the mean over rows and "
        "columns and leave the channels alone. NumPy's `mean` can take several axes at once.",
        "Maps of 2×2×2 whose first channel is 1, 2, 3, 4 and whose second is 0, 0, 0, 8: the "
        "result is 2.5 and 2.",
    ),
)


@global_average_pool.cases
def global_average_pool_cases(rng):
    yield case("several maps", "3×4×2", grid(rng, (3, 4, 2)))
    yield case("several maps", "5×2×3", grid(rng, (5, 2, 3)))
    yield case("several maps", "2×3×6", grid(rng, (2, 3, 6)))
    yield case("one map", "4×3×1", grid(rng, (4, 3, 1)))
    yield case("maps of one pixel", "1×1×4", grid(rng, (1, 1, 4)))
    yield case("maps of one pixel", "1×5×3, one row", grid(rng, (1, 5, 3)))
    whole = np.stack([odd_one_in_four(rng, (2, 2)) for _ in range(3)], axis=-1)
    yield case("whole numbers", "bytes of 128 and more", whole)
    yield case(
        "other kinds of arrays",
        "float32, every second column",
        grid(rng, (3, 8, 2)).astype(np.float32)[:, ::2],
    )
    yield case(
        "other kinds of arrays", "Fortran order", np.asfortranarray(grid(rng, (3, 5, 2)))
    )


@global_average_pool.mistake(
    "over-everything",
    "You return one number for all maps together. Each map has a mean of its own: as many numbers "
    "as channels.",
)
def global_average_pool_over_everything(feature_maps):
    return float(np.mean(feature_maps))


@global_average_pool.mistake(
    "rows-only",
    "You average down the rows, and the columns are still there. A whole map becomes one number: "
    "two axes disappear.",
)
def global_average_pool_rows_only(feature_maps):
    return np.mean(feature_maps, axis=0)


@global_average_pool.mistake(
    "columns-only",
    "You average along the columns, and the rows are still there. A whole map becomes one number: "
    "two axes disappear.",
)
def global_average_pool_columns_only(feature_maps):
    return np.mean(feature_maps, axis=1)


@global_average_pool.mistake(
    "over-channels",
    "You average over the channels and keep the pixels. It is the other way round: the pixels "
    "are averaged, the channels stay.",
)
def global_average_pool_over_channels(feature_maps):
    return np.mean(feature_maps, axis=2)


@global_average_pool.mistake(
    "one-per-row",
    "You return one number per row of the image. Look at the axes you average over: which of "
    "rows, columns and channels should be left?",
)
def global_average_pool_one_per_row(feature_maps):
    return np.mean(feature_maps, axis=(1, 2))


@global_average_pool.mistake(
    "maximum",
    "You give the largest value of each map. That is global max pooling. Here the mean is asked.",
)
def global_average_pool_maximum(feature_maps):
    return np.max(feature_maps, axis=(0, 1)).astype(float)


@global_average_pool.mistake(
    "sum",
    "Your values are too large by the number of pixels in a map. You have the sums. What turns a "
    "sum into a mean?",
)
def global_average_pool_sum(feature_maps):
    return np.sum(feature_maps, axis=(0, 1)).astype(float)


@global_average_pool.mistake(
    "median",
    "Your values are medians, the values in the middle. The mean is the sum divided by the count.",
)
def global_average_pool_median(feature_maps):
    return np.median(feature_maps, axis=(0, 1))


@global_average_pool.mistake(
    "axes-kept",
    "Your numbers are right, but your result still has three axes: (1, 1, channels). Asked is one "
    "axis: (channels,).",
)
def global_average_pool_axes_kept(feature_maps):
    return np.mean(feature_maps, axis=(0, 1), keepdims=True)


@global_average_pool.mistake(
    "reshaped",
    "Your means mix pixels of different channels. The channels are the last axis, so they change "
    "fastest: reshaping to (channels, pixels) cuts the numbers in the wrong places.",
)
def global_average_pool_reshaped(feature_maps):
    return np.reshape(feature_maps, (feature_maps.shape[2], -1)).mean(axis=1)


@global_average_pool.mistake(
    "divided-by-all",
    "Your values are too small by the number of channels. You divide by all numbers there are. "
    "How many pixels does one map have?",
)
def global_average_pool_divided_by_all(feature_maps):
    return np.sum(feature_maps, axis=(0, 1)) / feature_maps.size


@global_average_pool.mistake(
    "divided-by-height-squared",
    "You are right for square maps only: you divide by the height twice. A map has height times "
    "width pixels.",
)
def global_average_pool_divided_by_height_squared(feature_maps):
    return np.sum(feature_maps, axis=(0, 1)) / feature_maps.shape[0] ** 2


@global_average_pool.mistake(
    "bytes-wrap",
    "With bytes your means are too small. The sum of a few bytes does not fit in a byte and "
    "starts again from 0. Turn the maps into floats before you add.",
)
def global_average_pool_bytes_wrap(feature_maps):
    rows, columns = feature_maps.shape[:2]
    return np.sum(feature_maps, axis=(0, 1), dtype=feature_maps.dtype) / (rows * columns)


@global_average_pool.mistake(
    "whole-numbers",
    "With maps of whole numbers your means have lost their fractions. Divide with `/`, and keep "
    "the result in floats.",
)
def global_average_pool_whole_numbers(feature_maps):
    means = np.mean(feature_maps, axis=(0, 1))
    return means if feature_maps.dtype.kind == "f" else np.trunc(means)
