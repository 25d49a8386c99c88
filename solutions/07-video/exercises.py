"""How 07-video is marked: from frames to what passed, when and where."""

import numpy as np

from autograder.declare import Exercise, case, grid, pixels
from cnnkit.data import load_model
from cnnkit.detections import compare_with_truth
from cnnkit.scenes import render

# --- find_background ---------------------------------------------------------------------

find_background = Exercise(
    "find_background",
    points=1,
    minutes=3,
    hints=(
        "Take one pixel and write down what it shows in all frames. Mostly the wall; now and "
        "then something that passes. Which number is the wall's?",
        "A mean is pulled aside by whatever passes. The value in the middle, when you sort them, "
        "is not. And bytes become floats between 0 and 1, as always.",
        "A pixel shows 51, 51, 255, 53, 50. Sorted: 50, 51, 51, 53, 255. The middle is 51, and "
        "51 / 255 = 0.2.",
    ),
)


@find_background.cases
def find_background_cases(rng):
    def passing(frames, height, width):
        """A wall with some noise, and something bright or dark that passes quickly."""
        wall = rng.integers(60, 200, (height, width))
        film = np.clip(wall + rng.integers(-3, 4, (frames, height, width)), 0, 255)
        for number in range(frames // 2):
            film[number, :, number % width] = 255 * int(rng.integers(0, 2))
        return film.astype(np.uint8)

    yield case("something passes", "7 frames of 3×4", passing(7, 3, 4))
    yield case("something passes", "9 frames of 4×3", passing(9, 4, 3))
    yield case("an even number of frames", "6 frames of 2×5", passing(6, 2, 5))
    yield case("an even number of frames", "4 frames of 3×3", pixels(rng, (4, 3, 3)))
    yield case("one frame", "a single frame", pixels(rng, (1, 3, 4)))
    yield case("other memory layouts", "every second frame", passing(10, 3, 4)[::2])
    yield case("other memory layouts", "Fortran order", np.asfortranarray(passing(5, 4, 2)))


@find_background.mistake("mean",
    "You take the mean. Whatever passes leaves a ghost in it: one bright frame pulls it up. Which "
    "number in the middle does not care how far away the outliers are?")
def background_mean(frames):
    return frames.mean(axis=0) / 255


@find_background.mistake("first-frame",
    "You take the first frame. Something may be passing just then, and it would stay on your "
    "wall for good. Look at all frames.")
def background_first(frames):
    return frames[0] / 255


@find_background.mistake("last-frame",
    "You take the last frame. Something may be passing just then. Look at all frames.")
def background_last(frames):
    return frames[-1] / 255


@find_background.mistake("darkest",
    "You take the darkest value of each pixel. A shadow or a dark thing that passed once is in "
    "your wall now. Take the middle value.")
def background_darkest(frames):
    return frames.min(axis=0) / 255


@find_background.mistake("brightest",
    "You take the brightest value of each pixel. A bright thing that passed once is in your wall "
    "now. Take the middle value.")
def background_brightest(frames):
    return frames.max(axis=0) / 255


@find_background.mistake("bytes",
    "Your values are 255 times too large. The background is asked as floats between 0 and 1.")
def background_bytes(frames):
    return np.median(frames, axis=0)


@find_background.mistake("other-axis",
    "You take the middle over rows instead of over time. Time is the first axis. Look at the shape "
    "of what you return.")
def background_rows(frames):
    return np.median(frames, axis=1) / 255


@find_background.mistake("one-number",
    "You return one number for the whole picture. Every pixel has its own background: take the "
    "middle over time only.")
def background_one(frames):
    return np.median(frames) / 255


@find_background.mistake("own-maximum",
    "You divide by the largest value there is. A dark scene would get brighter. Divide by 255, as "
    "in lesson 01.")
def background_own(frames):
    middle = np.median(frames, axis=0)
    return middle / middle.max()


@find_background.mistake("whole-numbers",
    "Your background is 0 nearly everywhere: the division lost the fractions. Use / and floats.")
def background_whole(frames):
    return np.median(frames, axis=0) // 255


@find_background.mistake("upper-middle",
    "Right for an odd number of frames. With an even number there are two values in the middle: "
    "take their mean, as np.median does.")
def background_upper(frames):
    return np.sort(frames, axis=0)[len(frames) // 2] / 255


# --- motion_map --------------------------------------------------------------------------

motion_map = Exercise(
    "motion_map",
    points=1,
    minutes=3,
    hints=(
        "First make the frame a picture of floats between 0 and 1. Then: how much brighter or "
        "darker is the whole frame than the background?",
        "The factor between background and frame is the same nearly everywhere. The median of each "
        "gives it, and things that pass hardly touch a median. Multiply the frame by the factor, "
        "then take the distance from the background, without its sign.",
        "Background all 0.4. Frame all 51, that is 0.2, with one pixel 153, that is 0.6. Medians: "
        "0.4 and 0.2, so the factor is 2. The frame becomes 0.4, one pixel 1.2. Motion: 0, and "
        "0.8 at that pixel.",
    ),
)


@motion_map.cases
def motion_map_cases(rng):
    def wall(height, width):
        return rng.integers(80, 160, (height, width)) / 255

    def seen(background, factor, things=2):
        frame = np.round(background * 255 * factor)
        frame = frame + rng.integers(-2, 3, frame.shape)
        for _ in range(things):
            row, column = (int(rng.integers(0, side)) for side in frame.shape)
            frame[row, column] = int(rng.choice([10, 240]))
        return np.clip(frame, 0, 255).astype(np.uint8)

    quiet, dark, bright = wall(3, 5), wall(4, 4), wall(4, 3)
    yield case("no flicker", "something bright or dark", seen(quiet, 1.0), quiet)
    dim = np.full((3, 4), 0.4)
    frame = np.full((3, 4), 92, np.uint8)
    frame[1, int(rng.integers(0, 4))], frame[0, 0] = 20, 250
    yield case("no flicker", "one brighter, one darker", frame, dim)
    yield case("flicker", "a darker frame", seen(dark, 0.75), dark)
    yield case("flicker", "a brighter frame", seen(bright, 1.3), bright)
    # Something bright in a dim light: its motion is surely more than 1.
    dusk = seen(dark, 0.4, 0)
    dusk[0, int(rng.integers(0, 4))] = 240
    yield case("flicker", "a much darker frame", dusk, dark)
    yield case("nothing moves", "the same, a little darker", seen(quiet, 0.9, 0), quiet)
    yield case("other memory layouts", "every second column", seen(wall(3, 8), 1.2)[:, ::2],
               wall(3, 4))
    yield case("other memory layouts", "Fortran order, float32",
               np.asfortranarray(seen(dark, 0.8)), dark.astype(np.float32))


def _evened(frame, background):
    return frame / 255 * (np.median(background) / np.median(frame / 255))


@motion_map.mistake("flicker-stays",
    "You compare the frame as it is. If a lamp flickers, the whole picture seems to move. Bring "
    "the frame to the background's brightness first.")
def motion_flicker(frame, background):
    return np.abs(frame / 255 - background)


@motion_map.mistake("with-sign",
    "Some of your values are negative. A dark thing on a bright wall moves just as much as a "
    "bright thing on a dark one: drop the sign.")
def motion_signed(frame, background):
    return _evened(frame, background) - background


@motion_map.mistake("only-brighter",
    "You see only what is brighter than the background. Dark things pass unseen.")
def motion_brighter(frame, background):
    return np.maximum(_evened(frame, background) - background, 0)


@motion_map.mistake("only-darker",
    "You see only what is darker than the background. Bright things pass unseen.")
def motion_darker(frame, background):
    return np.maximum(background - _evened(frame, background), 0)


@motion_map.mistake("squared",
    "You squared the differences. Asked is the plain distance, without its sign.")
def motion_squared(frame, background):
    return (_evened(frame, background) - background) ** 2


@motion_map.mistake("factor-upside-down",
    "Your factor makes a dark frame darker still. It is the background's brightness divided by "
    "the frame's, not the other way round.")
def motion_inverse(frame, background):
    seen = frame / 255
    return np.abs(seen * (np.median(seen) / np.median(background)) - background)


@motion_map.mistake("background-changed",
    "You brought the background to the frame's brightness. Do it the other way round, so that all "
    "frames end up equally bright.")
def motion_background(frame, background):
    seen = frame / 255
    return np.abs(seen - background * (np.median(seen) / np.median(background)))


@motion_map.mistake("mean-factor",
    "You compare brightness by the mean. A large bright thing raises the frame's mean, and the "
    "whole wall gets darker for it. The median hardly notices.")
def motion_mean(frame, background):
    seen = frame / 255
    return np.abs(seen * (background.mean() / seen.mean()) - background)


@motion_map.mistake("difference-of-medians",
    "You add what the frame is too dark. A flickering lamp multiplies: bright places change more "
    "than dark ones. Use a factor.")
def motion_added(frame, background):
    seen = frame / 255
    return np.abs(seen + (np.median(background) - np.median(seen)) - background)


@motion_map.mistake("bytes",
    "Your frame is still made of bytes, 0 to 255, and the result is 255 times too large.")
def motion_bytes(frame, background):
    return 255 * np.abs(_evened(frame, background) - background)


@motion_map.mistake("stretched",
    "You stretched the map to its own maximum. Then even a scene in which nothing moves has a "
    "brightest place. Leave the values as they are.")
def motion_stretched(frame, background):
    motion = np.abs(_evened(frame, background) - background)
    return motion / motion.max()


# --- find_boxes --------------------------------------------------------------------------

find_boxes = Exercise(
    "find_boxes",
    points=2,
    minutes=14,
    hints=(
        "Put your finger on a True cell. Which other cells belong to the same thing? How do you "
        "avoid counting one of them twice?",
        "Start a list with that cell. Take a cell from the list, mark it as visited, and add its "
        "True neighbours above, below, left and right that are not visited. When the list is "
        "empty the thing is complete. Do this for every cell not yet visited.",
        "Cells (1, 2), (1, 3) and (2, 3) are one thing: rows 1 to 2, columns 2 to 3. Its box is "
        "top 1, left 2, height 2, width 2.",
    ),
)

_BLOBS = (
    ("##...", "##..#", "....#"),
    (".#...#", ".##...", "......", "#...##"),
    ("##...", "..#..", ".....", "....#"),
    ("#####", "#...#", "#.#.#", "#...#"),
    ("....##", "###...", "..#...", "..####"),
)


def _mask(rows):
    return np.array([[letter == "#" for letter in row] for row in rows])


def _turned(rng, mask):
    mirrored = mask[:, :: int(rng.choice([1, -1]))]
    return np.ascontiguousarray(np.rot90(mirrored, int(rng.integers(4))))


@find_boxes.cases
def find_boxes_cases(rng):
    first, second, stairs, ring, long = map(_mask, _BLOBS)
    yield case("several things", "two things", _turned(rng, first))
    yield case("several things", "things of all shapes", second)
    yield case("several things", "long ones", _turned(rng, long))
    # Row by row one meets a dot before the hook, and yet the hook's box is further left.
    hook = np.zeros((4, 8), bool)
    hook[0, int(rng.integers(1, 4))] = hook[int(rng.integers(1, 4)), 7] = True
    hook[3, :6] = hook[:, 5] = True
    yield case("several things", "a hook between two dots", hook)
    yield case("corners do not touch", "a staircase", _turned(rng, stairs))
    yield case("a thing inside another", "a ring and a dot", _turned(rng, ring))
    yield case("smallest", "only 3 cells or more", _turned(rng, second), 3)
    yield case("smallest", "only 4 cells or more, by name", _turned(rng, long), smallest=4)
    yield case("smallest", "three cells in a box of four", _turned(rng, second), smallest=4)
    sides = tuple(int(side) for side in rng.permutation(np.arange(2, 8))[:2])
    yield case("nothing and everything", "all False", np.zeros(sides, bool))
    yield case("nothing and everything", "all True", np.ones(sides, bool))
    yield case("other memory layouts", "every second column",
               rng.integers(0, 2, (4, 8))[:, ::2] > 0)
    yield case("other memory layouts", "Fortran order", np.asfortranarray(_turned(rng, second)))


_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))
_CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


def _blobs(mask, steps=_SIDES):
    """Yield the rows and columns of each thing's cells."""
    left = np.array(mask, dtype=bool)
    for start in zip(*np.nonzero(mask), strict=True):
        if not left[start]:
            continue
        left[start] = False
        waiting, cells = [start], []
        while waiting:
            row, column = waiting.pop()
            cells.append((row, column))
            for down, right in steps:
                r, c = row + down, column + right
                if 0 <= r < left.shape[0] and 0 <= c < left.shape[1] and left[r, c]:
                    left[r, c] = False
                    waiting.append((r, c))
        yield np.array(cells)


def _box_of(cells):
    top, left = cells.min(axis=0)
    bottom, right = cells.max(axis=0)
    return [int(top), int(left), int(bottom - top + 1), int(right - left + 1)]


def _table(boxes):
    return np.array(sorted(boxes), dtype=int).reshape(-1, 4)


def _boxes(mask, smallest=1, steps=_SIDES):
    return _table([_box_of(cells) for cells in _blobs(mask, steps) if len(cells) >= smallest])


@find_boxes.mistake("corners-touch",
    "You join cells that touch at a corner only. Neighbours share a side: above, below, left, "
    "right.")
def boxes_corners_touch(mask, smallest=1):
    return _boxes(mask, smallest, _SIDES + _CORNERS)


@find_boxes.mistake("one-box-for-all",
    "You draw one box around everything. Two things far apart are two things. Follow the cells "
    "that are connected.")
def boxes_one(mask, smallest=1):
    cells = np.argwhere(mask)
    return _table([_box_of(cells)] if len(cells) >= smallest else [])


@find_boxes.mistake("bottom-and-right",
    "Your third and fourth numbers are the last row and column. Asked are height and width.")
def boxes_ends(mask, smallest=1):
    return _table([[t, l, t + h - 1, l + w - 1] for t, l, h, w in _boxes(mask, smallest).tolist()])


@find_boxes.mistake("one-too-small",
    "Your boxes are one row and one column too small. From row 2 to row 4 there are three rows: "
    "last minus first, plus 1.")
def boxes_short(mask, smallest=1):
    return _table([[t, l, h - 1, w - 1] for t, l, h, w in _boxes(mask, smallest).tolist()])


@find_boxes.mistake("columns-first",
    "You name the column before the row, and the width before the height. Rows come first.")
def boxes_columns(mask, smallest=1):
    return _table([[l, t, w, h] for t, l, h, w in _boxes(mask, smallest).tolist()])


@find_boxes.mistake("smallest-ignored",
    "You return things with fewer cells than smallest. They are dust: leave them out.")
def boxes_dust(mask, smallest=1):
    return _boxes(mask)


@find_boxes.mistake("smallest-excluded",
    "A thing with exactly `smallest` cells is large enough. You leave it out.")
def boxes_larger(mask, smallest=1):
    return _boxes(mask, smallest + 1)


@find_boxes.mistake("area-of-the-box",
    "You compare smallest with the area of the box. Count the cells of the thing: a thin slanted "
    "one has few cells in a large box.")
def boxes_area(mask, smallest=1):
    return _table([box for box in _boxes(mask).tolist() if box[2] * box[3] >= smallest])


@find_boxes.mistake("not-sorted",
    "The right boxes in another order. Asked is the order of their tops, then of their left sides.")
def boxes_unsorted(mask, smallest=1):
    return _boxes(mask, smallest)[::-1].copy()


@find_boxes.mistake("only-the-largest",
    "You return the largest thing alone. Asked are all that are large enough.")
def boxes_largest(mask, smallest=1):
    found = [cells for cells in _blobs(mask) if len(cells) >= smallest]
    return _table([_box_of(max(found, key=len))] if found else [])


@find_boxes.mistake("rows-apart",
    "You follow cells to the left and right only, so every row of a thing has its own box. Look "
    "above and below too.")
def boxes_rows(mask, smallest=1):
    return _boxes(mask, smallest, _SIDES[2:])


@find_boxes.mistake("eats-the-mask",
    "The boxes are right, but the mask is empty now: you crossed out its cells. Cross them out in "
    "a copy.")
def boxes_eats(mask, smallest=1):
    found = _boxes(mask, smallest)
    mask[:] = False
    return found


# --- heat_maps ---------------------------------------------------------------------------

heat_maps = Exercise(
    "heat_maps",
    points=2,
    minutes=6,
    hints=(
        "The first layers slide over any image already, large or small. Only the dense layer "
        "insists on one size. What does it do with the pooled maps of one window?",
        "It multiplies each of their values with a weight and adds up: that is a filter, as large "
        "as the pooled window, one for each class. Bring the weights (D, K) into the shape "
        "(K, rows, columns, F) and convolve once more. Softmax comes last, place by place.",
        "side 8 and filters of 3×3: maps of 6×6, pooled 3×3. With 2 filters D = 3·3·2 = 18. For 4 "
        "classes the weights (18, 4) become 4 filters of 3×3×2.",
    ),
)


@heat_maps.cases
def heat_maps_cases(rng):
    def network(side, filters, classes):
        count, height, width, _ = filters
        rows, columns = (side - height + 1) // 2, (side - width + 1) // 2
        model = {
            "filters": grid(rng, filters, -1, 1),
            "filter_biases": grid(rng, (count,), -0.5, 0.5),
            # Many weights are small ones: a class that is all but sure would hide the rest.
            "weights": grid(rng, (rows * columns * count, classes), -0.5, 0.5, 1 / 16)
            * (4 / 2 ** (rows * columns).bit_length()),
            "biases": grid(rng, (classes,), -0.5, 0.5) + np.arange(classes) / 8,
        }
        # One filter finds something everywhere: maps that ReLU empties would tell of no image.
        for name in ("filters", "filter_biases"):
            model[name][0] = np.abs(model[name][0])
        return model

    def picture(height, width):
        return grid(rng, (height, width), 0, 0.75, 1 / 16)

    yield case("one window", "an image as large as the window", picture(8, 8),
               network(8, (2, 3, 3, 1), 4), 8)
    yield case("a larger image", "9×12, window 6", picture(9, 12), network(6, (2, 3, 3, 1), 3), 6)
    yield case("a larger image", "14×8, window 8, by name", picture(14, 8),
               network(8, (3, 3, 3, 1), 2), side=8)
    yield case("filters that are not square", "2×3", picture(10, 11),
               network(8, (2, 2, 3, 1), 3), 8)
    yield case("the usual window", "side left out", picture(31, 30),
               network(28, (2, 5, 5, 1), 3))
    yield case("other types and layouts", "float32", picture(8, 10).astype(np.float32),
               network(6, (2, 3, 3, 1), 3), 6)
    yield case("other types and layouts", "every second column", picture(8, 18)[:, ::2],
               network(6, (2, 3, 3, 1), 3), 6)


def _heat(image, model, side, relu=True, channels_first=False, turned=False):
    """The scores of every window, (rows, columns, K)."""
    filters = model["filters"]
    windows = np.lib.stride_tricks.sliding_window_view(image, filters.shape[1:3])
    maps = np.tensordot(windows, filters[..., 0], ([2, 3], [1, 2])) + model["filter_biases"]
    maps = np.maximum(maps, 0) if relu else maps
    rows, columns, count = maps.shape[0] // 2, maps.shape[1] // 2, len(filters)
    blocks = maps[: rows * 2, : columns * 2].reshape(rows, 2, columns, 2, count)
    pooled = blocks.max(axis=(1, 3))
    tall, wide = ((side - extent + 1) // 2 for extent in filters.shape[1:3])
    if channels_first:
        parts = model["weights"].T.reshape(-1, count, tall, wide).transpose(0, 2, 3, 1)
    else:
        parts = model["weights"].T.reshape(-1, tall, wide, count)
    parts = parts[:, ::-1, ::-1] if turned else parts
    windows = np.lib.stride_tricks.sliding_window_view(pooled, (tall, wide), axis=(0, 1))
    return np.tensordot(windows, parts, ([2, 3, 4], [3, 1, 2])) + model["biases"]


def _shares(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@heat_maps.mistake("scores",
    "These are scores. Turn them into probabilities: at every place the classes add up to 1.")
def heat_scores(image, model, side=28):
    return _heat(image, model, side)


@heat_maps.mistake("softmax-over-places",
    "Your softmax shares 100 % among all places. At every place the classes compete with each "
    "other: softmax runs along the last axis.")
def heat_places(image, model, side=28):
    return _shares(_heat(image, model, side), (0, 1))


@heat_maps.mistake("no-relu",
    "ReLU is missing between the convolution and the pooling. The weights were trained with it.")
def heat_no_relu(image, model, side=28):
    return _shares(_heat(image, model, side, relu=False))


@heat_maps.mistake("channels-first",
    "Your dense filters have their numbers in the wrong places. A row of the weights belongs to "
    "one place of the pooled maps, all filters of a place together: rows, columns, then filters.")
def heat_channels_first(image, model, side=28):
    return _shares(_heat(image, model, side, channels_first=True))


@heat_maps.mistake("flipped-dense",
    "Your dense filters are turned half way round. The first weights belong to the window's top "
    "left.")
def heat_turned(image, model, side=28):
    return _shares(_heat(image, model, side, turned=True))


@heat_maps.mistake("no-dense-biases",
    "The biases of the dense layer are missing. They belong to the scores of every place.")
def heat_no_biases(image, model, side=28):
    return _shares(_heat(image, {**model, "biases": 0 * model["biases"]}, side))


@heat_maps.mistake("no-filter-biases",
    "The biases of the first filters are missing. They are added before ReLU.")
def heat_no_filter_biases(image, model, side=28):
    return _shares(_heat(image, {**model, "filter_biases": 0 * model["filter_biases"]}, side))


@heat_maps.mistake("classes-first",
    "Right values in another order. Asked is (rows, columns, K): the classes come last.")
def heat_classes_first(image, model, side=28):
    return np.ascontiguousarray(_shares(_heat(image, model, side)).transpose(2, 0, 1))


@heat_maps.mistake("labels",
    "You return the best class of each place. Asked are the probabilities of all classes: a heat "
    "map for each.")
def heat_labels(image, model, side=28):
    return _heat(image, model, side).argmax(axis=-1)


@heat_maps.mistake("only-one-window",
    "You look at the top left window only. Slide the network over the whole image.")
def heat_one(image, model, side=28):
    return _shares(_heat(image, model, side))[:1, :1]


@heat_maps.mistake("divided-by-255",
    "You divided the image by 255. It comes as floats between 0 and 1.")
def heat_divided(image, model, side=28):
    return _shares(_heat(image / 255, model, side))


# --- overlap -----------------------------------------------------------------------------

overlap = Exercise(
    "overlap",
    points=1,
    minutes=7,
    hints=(
        "Draw two boxes on squared paper. Where does their common part begin, where does it end?",
        "The common part begins at the later of the two tops and ends at the earlier of the two "
        "ends, top plus height. The same for columns. If the end is before the beginning there is "
        "none. The area of both together counts the common part once.",
        "Boxes (0, 0, 2, 4) and (1, 2, 2, 4): common rows 1 to 2, one row; common columns 2 to 4, "
        "two. 2 cells of 8 + 8 − 2 = 14: 2 / 14 = 0.143.",
    ),
)


@overlap.cases
def overlap_cases(rng):
    top, left = (int(value) for value in rng.integers(3, 20, 2))
    tall, wide = (int(value) for value in rng.integers(5, 9, 2))
    box = (top, left, tall, wide + 4)

    def other(down, right, height, width):
        return np.array([top + down, left + right, height, width])

    yield case("some overlap", "shifted down and right", np.array(box), other(2, 3, tall + 1, wide))
    yield case("some overlap", "shifted up and left", np.array(box), other(-2, -1, tall, wide + 1))
    yield case("one inside the other", "small in large", np.array(box), other(1, 1, 2, 3))
    yield case("one inside the other", "large around small", other(1, 1, 2, 3), np.array(box))
    yield case("none and all", "twice the same box", np.array(box), np.array(box))
    yield case("none and all", "side by side", np.array(box), other(0, wide + 9, tall, 3))
    yield case("none and all", "apart in both directions", np.array(box),
               other(tall + 2, wide + 7, 4, 5))
    yield case("none and all", "they touch", np.array(box), other(tall, 0, 3, wide))
    yield case("lists and tuples", "two tuples", box, (top + 1, left + 1, tall, wide))
    yield case("small whole numbers", "bytes", np.array([0, 0, 20, 30], np.uint8),
               np.array([*rng.integers(5, 15, 2), 20, 30]).astype(np.uint8))


def _common(a, b):
    rows = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    columns = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return rows, columns


def _areas(a, b):
    a, b = [int(n) for n in a], [int(n) for n in b]
    rows, columns = _common(a, b)
    return max(rows, 0) * max(columns, 0), a[2] * a[3], b[2] * b[3]


@overlap.mistake("bytes-wrap",
    "Right, but not for bytes: a uint8 ends at 255, and 20 · 30 = 600 does not fit. Make Python's "
    "own numbers of them with int() first; those have no end.")
def overlap_in_bytes(a, b):
    with np.errstate(over="ignore"):
        rows, columns = _common(a, b)
        common = max(rows, 0) * max(columns, 0)
        return float(common / (a[2] * a[3] + b[2] * b[3] - common))


@overlap.mistake("common-area",
    "You return the common area, in cells. Divide it by the area of both together, so that a "
    "perfect overlap is 1 for boxes of any size.")
def overlap_area(a, b):
    return float(_areas(a, b)[0])


@overlap.mistake("counted-twice",
    "Twice the same box should give 1. You divide by the sum of both areas, and count the common "
    "part twice in it.")
def overlap_sum(a, b):
    both, one, other = _areas(a, b)
    return both / (one + other)


@overlap.mistake("twice-over-sum",
    "That is another measure, Dice: twice the common area over the sum. Asked is the common area "
    "over the area of both together.")
def overlap_dice(a, b):
    both, one, other = _areas(a, b)
    return 2 * both / (one + other)


@overlap.mistake("of-the-smaller",
    "You divide by the smaller box. A dot inside a huge box would be a perfect match. Divide by "
    "the area of both together.")
def overlap_smaller(a, b):
    both, one, other = _areas(a, b)
    return both / min(one, other)


@overlap.mistake("of-the-first",
    "You divide by the first box alone. Swap the two boxes: the answer should not change.")
def overlap_first(a, b):
    both, one, _ = _areas(a, b)
    return both / one


@overlap.mistake("apart-in-both",
    "Boxes that lie apart in both directions overlap, you say: minus times minus is plus. If rows "
    "or columns do not meet, the common part is 0.")
def overlap_negative(a, b):
    _, one, other = _areas(a, b)
    rows, columns = _common([int(n) for n in a], [int(n) for n in b])
    both = rows * columns if (rows < 0) == (columns < 0) else 0
    return both / (one + other - both)


@overlap.mistake("ends-not-sizes",
    "You read the third and fourth number as last row and column. They are height and width.")
def overlap_ends(a, b):
    a, b = [int(n) for n in a], [int(n) for n in b]
    sized = [[t, l, max(h - t, 0), max(w - l, 0)] for t, l, h, w in (a, b)]
    both, one, other = _areas(*sized)
    return both / (one + other - both) if one + other - both else 0.0


@overlap.mistake("one-too-many",
    "Boxes that only touch have nothing in common. You count one row and one column too many.")
def overlap_touching(a, b):
    a, b = [int(n) for n in a], [int(n) for n in b]
    rows, columns = (max(n + 1, 0) for n in _common(a, b))
    both = rows * columns
    return both / (a[2] * a[3] + b[2] * b[3] - both)


@overlap.mistake("yes-or-no",
    "You return 1 for any overlap at all. Asked is how much they overlap.")
def overlap_any(a, b):
    return float(_areas(a, b)[0] > 0)


@overlap.mistake("only-rows",
    "You look at the rows only. Two boxes in the same rows may be far apart.")
def overlap_rows(a, b):
    a, b = [int(n) for n in a], [int(n) for n in b]
    both = max(_common(a, b)[0], 0)
    return both / (a[2] + b[2] - both)


# --- watch -------------------------------------------------------------------------------

KINDS = (0, 1, 8, 9)


def _truth(case, _found):
    scene = _SCENES[case.args[0].tobytes()]
    return {"truth": scene.truth, "hidden": scene.hidden}


_SCENES = {}  # frames → the scene they are from: a case has arguments only


def _scene(rng, kinds, model, **wanted):
    """The frames of a scene in which things of just these kinds pass, and most can be named."""
    scene = None
    while scene is None or set(scene.truth[:, 5].tolist()) != kinds or not _named(scene, model):
        scene = render(int(rng.integers(0, 2**31)), **wanted)
    _SCENES[scene.frames.tobytes()] = scene
    return scene.frames


def _named(scene, model):
    """Whether a right answer names two of three things: in few scenes it cannot."""
    counts = compare_with_truth(_watched(scene.frames, model), scene.truth, scene.hidden)
    return 3 * counts["right"] >= 2 * len(scene.truth)


watch = Exercise(
    "watch",
    points=3,
    minutes=9,
    seconds=30,
    rounds=1,
    measure="detections",
    options={"places": 0.8, "labels": 0.45},
    # Who never finds anything is right about the empty scene, and that is worth little.
    weights={
        "two things": 3.0,
        "one thing": 2.0,
        "a flickering lamp": 2.0,
        "nobody": 0.5,
        "result type": 0.25,
        "leaves its arguments alone": 0.25,
        "gives the same answer twice": 0.25,
    },
    expectation=_truth,
    hints=(
        "You have all the parts. In which order do they work? Start with the boxes of one frame "
        "and draw them. Labels come later.",
        "One background for the whole scene. For each frame: motion, mean over small blocks, "
        "threshold, boxes, back to pixels. For the label put the moving pixels alone on black, cut "
        "28×28 around the middle of the box, and ask the network. Only four kinds pass.",
        "Blocks of 2×2: a box (10, 4, 12, 9) in blocks is (20, 8, 24, 18) in pixels, its middle at "
        "row 32, column 17. The window of 28 begins at row 18, column 3.",
    ),
)


@watch.cases
def watch_cases(rng):
    # No name may be right in all scenes, nor the place of a name among KINDS.
    pairs = [{int(first), int(second)} for first, second in
             zip(rng.permutation((0, 1)), rng.permutation((8, 9)), strict=True)]
    model = {name: array.astype(np.float32) for name, array in load_model("fashion-cnn").items()}
    yield case("two things", "two things pass", _scene(rng, pairs[0], model), model)
    yield case("one thing", "one thing passes",
               _scene(rng, {max(pairs[1])}, model, things=1), model)
    yield case("a flickering lamp", "strong flicker",
               _scene(rng, pairs[1], model, flicker=0.16, count=16), model)
    yield case("nobody", "nothing passes",
               _scene(rng, set(), model, things=0, count=12), model)


def _middle(frames):
    return np.median(frames, axis=0) / 255


def _watched(frames, model, even=True, threshold=0.12, size=2, smallest=20, reach=2, black=True):
    """Find and name what moves: rows of frame, top, left, height, width, label."""
    background, rows = _middle(frames), []
    for number, frame in enumerate(frames):
        seen = _evened(frame, background) if even else frame / 255
        motion = np.abs(seen - background)
        tall, wide = motion.shape[0] // size, motion.shape[1] // size
        blocks = motion[: tall * size, : wide * size].reshape(tall, size, wide, size)
        mask = blocks.mean(axis=(1, 3)) > threshold
        moving = np.kron(mask, np.ones((size, size)))
        picture = np.pad(seen[: tall * size, : wide * size] * (moving if black else 1), 32)
        for top, left, height, width in (_boxes(mask, smallest) * size).tolist():
            row, column = top + height // 2 + 18, left + width // 2 + 18
            window = picture[row - reach : row + 28 + reach, column - reach : column + 28 + reach]
            votes = np.log(_shares(_heat(window, model, 28)) + 1e-3).mean(axis=(0, 1))
            label = KINDS[int(votes[list(KINDS)].argmax())]
            rows.append([number, top, left, height, width, label])
    return np.array(rows, dtype=int).reshape(-1, 6)


@watch.mistake("nothing-found",
    "You return no detections, though something passes. Is the threshold too high, or the least "
    "size of a thing too large? Draw the motion map of one frame and look at its values.")
def watch_nothing(frames, model):
    return np.zeros((0, 6), dtype=int)


@watch.mistake("columns-first",
    "Right places, but rows and columns are swapped. A detection is frame, top, left, height, "
    "width, label.")
def watch_swapped(frames, model):
    return _watched(frames, model)[:, [0, 2, 1, 4, 3, 5]]


@watch.mistake("bottom-and-right",
    "Your fourth and fifth numbers are the last row and column. Asked are height and width.")
def watch_corners(frames, model):
    found = _watched(frames, model)
    found[:, 3:5] += found[:, 1:3] - 1
    return found


@watch.mistake("label-first",
    "The numbers are in another order. A detection is frame, top, left, height, width, label.")
def watch_label_first(frames, model):
    return _watched(frames, model)[:, [5, 0, 1, 2, 3, 4]]


@watch.mistake("in-blocks",
    "Your boxes are in blocks, not in pixels. A block is several pixels wide: multiply all four "
    "numbers of a box.")
def watch_blocks(frames, model):
    found = _watched(frames, model)
    found[:, 1:5] //= 2
    return found


@watch.mistake("frames-from-one",
    "Your detections are one frame late. Frames count from 0, as indices do.")
def watch_late(frames, model):
    found = _watched(frames, model)
    found[:, 0] += 1
    return found


@watch.mistake("first-frame-only",
    "All your detections are in frame 0. Go through all frames, and note each one's number.")
def watch_first(frames, model):
    found = _watched(frames, model)
    found[:, 0] = 0
    return found


@watch.mistake("false-alarms",
    "You see things everywhere. Noise and flicker move a little in every pixel: even the "
    "brightness out, take the mean over small blocks, and raise the threshold.")
def watch_alarms(frames, model):
    return _watched(frames, model, even=False, threshold=0.03, size=4, smallest=1)


@watch.mistake("one-box-a-frame",
    "You draw one large box around everything that moves in a frame. Two things are two boxes.")
def watch_whole(frames, model):
    found = _watched(frames, model)
    height, width = frames.shape[1:]
    return np.array([[n, 0, 0, height, width, found[0, 5]] for n in np.unique(found[:, 0])]
                    ).reshape(-1, 6) if len(found) else found  # fmt: skip


@watch.mistake("always-one-label",
    "The places are right, but every thing gets the same name. Does the network see the window of "
    "this box, moving pixels on black, as floats between 0 and 1?")
def watch_one_label(frames, model):
    found = _watched(frames, model)
    found[:, 5] = 5
    return found


@watch.mistake("wrong-names",
    "The places are right, most names are wrong. The network knows things on black, 28×28, in the "
    "middle of the window. Look at what you give it: draw one of your windows.")
def watch_wrong_names(frames, model):
    found = _watched(frames, model)
    found[:, 5] = (found[:, 5] + 1 + np.arange(len(found)) % 3) % 10
    return found
