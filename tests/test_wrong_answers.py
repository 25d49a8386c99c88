"""Wrong answers that are no declared mistake: none is worth everything, none is misnamed."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.check import examine

from .test_exercises import key_of, source_of, space_of

# assignment, exercise, source, the mistake that is named, a part of what is said
WRONG = [
    ("00-start", "brightest", "lambda image: max(image[:, :-1].max(), image[:-1].max())", None, ""),
    ("01-pixels", "image_size", "lambda image: (*image.shape[:2], image.shape[2] if image.ndim == 3 and image.shape[2] in (3, 4) else 1)", None, ""),
    ("01-pixels", "image_size", "lambda image: (setattr(image, 'shape', (*image.shape, 1)[:3]), image.shape)[1]", None, "changed `image`"),
    ("01-pixels", "image_size", "lambda image: (*image.shape, 1)[2::-1]", None, "another order"),
    ("01-pixels", "brighten", "lambda image, amount: np.clip(image.astype(int) + amount, 0, 255).tolist()", None, "a list of 2"),
    ("01-pixels", "normalize", "lambda image: image / 255 if image.max() > 1 else image * 1.0", None, ""),
    ("01-pixels", "to_grayscale", "lambda image: image @ [0.2989, 0.5870, 0.1140]", "weight-of-red-in-four-digits", ""),
    ("01-pixels", "to_grayscale", "lambda image: abs(image @ [0.299, 0.587, 0.114])", None, "lost their sign"),
    ("01-pixels", "standardize", "lambda images: (images - images.mean((0, 1, 2))) / np.where((s := images.std((0, 1, 2))) == 0, 1, s)", "deviation-exactly-zero", ""),
    ("01-pixels", "standardize", "lambda images: (images - images.mean((0, 1, 2))) / images.std((0, 1, 2))", "divides-by-zero", ""),
    ("02-filters", "relu", "lambda x: np.clip(x, 0, 255)", None, ""),
    ("02-filters", "apply_filter", "lambda patch, kernel: np.float16(np.sum(patch * kernel))", None, ""),
    ("02-filters", "convolve2d", "lambda image, kernel: right(image, kernel).astype(np.float16)", None, ""),
    ("02-filters", "convolve_channels", "lambda image, kernel: np.round(right(image, kernel), 4)", None, "rounded"),
    ("02-filters", "convolution_layer", "lambda image, filters, biases: np.round(right(image, filters, biases), 4)", None, ""),
    ("02-filters", "convolution_layer", "lambda image, filters, biases: right(image, filters, biases[::-1])", None, "added to it"),
    ("03-stride", "output_size", "lambda size, kernel_size, stride=1, padding=0: max((size + 2 * padding - kernel_size) // stride + 1, 1)", None, "ValueError should be raised"),
    ("03-stride", "output_size", "lambda size, kernel_size, stride=1, padding=1: right(size, kernel_size, stride, padding)", None, ""),
    ("03-stride", "pad", "lambda image, padding: right(image[:, :, :3] if image.ndim == 3 else image, padding)", None, "(8, 6, 5) is expected"),
    ("03-stride", "pad", "lambda image, padding: np.pad(image, [(padding, padding)] * 2 + [(0, 0)] * (image.ndim - 2), mode='reflect')", "mirrored", ""),
    ("03-stride", "convolve2d", "lambda image, kernel, stride=1, padding=0: np.maximum(right(image, kernel, stride, padding), 0)", None, "have become 0"),
    ("03-stride", "convolution_layer", "lambda image, filters, biases, stride=1, padding=0: np.round(right(image, filters, biases, stride, padding), 4)", None, ""),
    ("04-pooling", "pool_layer", "lambda feature_maps, size=2, stride=2, mode='max': right(feature_maps, size, stride, 'max' if mode in 'max' else 'average' if mode in 'average' else mode)", None, ""),
    ("05-classification", "flatten", "lambda feature_maps: feature_maps.flat", None, "flatiter"),
    ("05-classification", "dense", "lambda inputs, weights, biases: np.round(right(inputs, weights, biases), 4)", None, "rounded"),
    ("05-classification", "softmax", "lambda scores: (e := np.exp(scores - scores.max(1, keepdims=True))) / e.sum(1)", "axis-lost-in-sum", ""),
    ("05-classification", "cross_entropy", "lambda probabilities, labels: right(np.maximum(probabilities, 1e-12, out=probabilities), labels)", None, "changed `probabilities`"),
    ("06-training", "numerical_gradient", "lambda f, x, h=1e-5: right(f, x, h).astype(x.dtype)", None, ""),
    ("06-training", "dense_backward", "lambda gradient, inputs, weights: right(gradient, inputs, weights)[::-1]", None, "another order"),
    ("06-training", "relu_backward", "lambda gradient, inputs: gradient * (np.maximum(inputs, 0, out=inputs) > 0)", None, "changed `inputs`"),
    ("06-training", "max_pool_backward", "lambda gradient, feature_maps, size=2: right(gradient, np.maximum(feature_maps, 0), size)", "search-from-zero", ""),
    ("07-video", "heat_maps", "lambda image, model, side=28: right(image / image.max(), model, side)", None, ""),
    ("07-video", "find_boxes", "lambda mask, smallest=1: (b := right(mask, smallest))[np.lexsort((b[:, 0], b[:, 1]))]", None, ""),
]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("name", "exercise", "source", "mistake", "said"), WRONG)
def test_a_wrong_answer_loses_points_and_is_called_what_it_is(name, exercise, source, mistake, said, seed):
    space = dict(space_of(name))
    space["right"] = space[exercise]
    verdict, _ = examine(key_of(name, exercise, seed), eval(source, space))
    assert verdict.score < verdict.max_score
    assert verdict.mistake == mistake
    assert said in verdict.message


def test_softmax_that_overflows_keeps_two_thirds_at_most():
    space = space_of("05-classification")
    for seed in (0, 1):
        verdict, _ = examine(
            key_of("05-classification", "softmax", seed),
            eval("lambda s: np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)", dict(space)),
        )
        assert verdict.mistake == "overflow"
        assert 1 < verdict.score <= 0.7 * verdict.max_score


@pytest.mark.parametrize("exercise", ["convolve2d", "convolution_layer"])
def test_the_convolution_of_lesson_02_earns_little_in_lesson_03(exercise):
    right = space_of("03-stride")[exercise]

    def without_steps_or_ring(*arguments, stride=1, padding=0):
        return right(*arguments[: right.__code__.co_argcount - 2])

    for seed in (0, 1):
        key = key_of("03-stride", exercise, seed)
        assert examine(key, without_steps_or_ring)[0].score <= 0.4 * key.points


def test_in_every_case_of_forward_it_matters_what_the_images_show():
    right = space_of("05-classification")["forward"]
    declared = next(e for e in source_of("05-classification").exercises if e.id == "forward")
    for seed in range(40):
        for case in declared.generator(np.random.default_rng(seed)):
            images, model = case.args or case.kwargs.values()
            if case.aspect != "large scores":
                assert not np.allclose(right(images, model), right(0 * images, model), atol=1e-3)


def test_boxes_in_the_order_in_which_one_meets_them_are_not_sorted():
    right = space_of("07-video")["find_boxes"]

    def as_met(mask, smallest=1):
        left, boxes = np.array(mask, bool), []
        for row, column in np.argwhere(mask):
            alone, waiting = np.zeros_like(left), [(row, column)]
            while waiting:
                r, c = waiting.pop()
                if 0 <= r < len(left) and 0 <= c < left.shape[1] and left[r, c]:
                    left[r, c], alone[r, c] = False, True
                    waiting += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
            boxes += right(alone, smallest).tolist() if alone.any() else []
        return np.array(boxes, dtype=int).reshape(-1, 4)

    for seed in (0, 1):
        key = key_of("07-video", "find_boxes", seed)
        verdict, _ = examine(key, as_met)
        assert verdict.score < key.points
        assert "another order" in verdict.message


def test_what_is_kept_from_call_to_call_shows_at_the_end():
    for seed in range(5):
        key = key_of("01-pixels", "normalize", seed)
        largest = [1]

        def by_largest_so_far(image, largest=largest):
            largest[0] = max(largest[0], int(image.max()))
            return image / largest[0]

        assert examine(key, by_largest_so_far)[0].score < key.points
