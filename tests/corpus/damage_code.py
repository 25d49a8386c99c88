"""What honest notebooks hold besides the answers: tries, failures, leftovers."""

from __future__ import annotations

from .entry import Register, code, source_of, text, with_cells, with_code

damage = Register()


def _scratch(given, source, **where):
    """Put a scratch cell before the first exercise and one after it."""
    where = where or {"before": "apply_filter"}
    return with_cells(given.solved, [code(source)], **where)


@damage("Scratch cells fail in many ways.")
def failing_scratch(given):
    cells = [code(s) for s in ("1/0", "undefined_name", "x = (", "import no_such_module", "raise ValueError", "assert False")]
    return with_cells(given.solved, cells, before="apply_filter")


@damage("A cell waits for input.")
def input_call(given):
    return _scratch(given, "name = input('Your name? ')\nprint(name)")


@damage("Cells use magics and the shell.")
def magics(given):
    cells = [code(s) for s in ("%matplotlib inline\n%timeit -n1 -r1 sum(range(3))", "!ls", "!pip install cowsay", "files = !ls", "%%bash\necho hi", "%%time\nx = 1", "?np.sum", "%no_such_magic")]
    return with_cells(given.solved, cells, before="apply_filter")


@damage("A solution cell is timed.")
def timed_solution(given):
    return with_code(given.solved, relu="%%time\n" + source_of(given.solved, "relu"))


@damage("A magic stands in a solution cell.")
def magic_in_a_solution(given):
    return with_code(given.solved, relu="%matplotlib inline\n" + source_of(given.solved, "relu") + "\n!ls")


@damage("sys.exit stands in the middle.")
def sys_exit(given):
    return _scratch(given, "import sys\nsys.exit(0)")


@damage("exit() stands in the middle; it ends a kernel.")
def exit_call(given):
    return _scratch(given, "exit()")


@damage("os._exit ends the kernel at once.")
def os_exit(given):
    return _scratch(given, "import os\nos._exit(0)")


@damage("exit() stands below the function in its own cell.")
def exit_in_a_solution(given):
    return with_code(given.solved, relu=source_of(given.solved, "relu") + "\n\nquit()")


@damage("A loop never ends.", says="left out")
def endless_loop(given):
    return _scratch(given, "while True:\n    pass")


@damage("A loop waits for a condition that never comes.", seconds=150)
def hidden_endless_loop(given):
    return _scratch(given, "import time\ndone = False\nwhile not done:\n    time.sleep(0.1)")


@damage("np was given another value.", says="np had been given another value")
def np_rebound(given):
    return _scratch(given, "np = 5")


@damage("np was used as a loop's variable, below the first functions.", says="another value")
def np_as_a_loop_variable(given):
    return _scratch(given, "for np in range(3):\n    print(np)", after="check-convolve2d")


@damage("np was deleted.", says="another value")
def np_deleted(given):
    return _scratch(given, "del np", after="check-convolve2d")


@damage("sum, max and len were given values.", says="another value")
def builtins_rebound(given):
    return _scratch(given, "sum = 0\nfor i in [1, 2]:\n    sum = sum + i\nmax = 3\nrange = (0, 255)\nlen = 4")


@damage("A result was kept under the function's name.", says="another value")
def function_rebound(given):
    return _scratch(given, "relu = relu(np.array([-1.0, 2.0]))", after="relu")


@damage("The function's name is a loop's variable further down, before others use it.", says="another value")
def function_as_a_loop_variable(given):
    return _scratch(given, "for convolve2d in [1, 2]:\n    pass", after="check-convolve2d")


@damage("All variables were reset in the middle.", says="left out")
def reset(given):
    return _scratch(given, "%reset -f", after="check-convolve2d")


@damage("A line above the function fails.", says="a cell of their own")
def failing_line_above(given):
    return with_code(given.solved, relu="print(my_test_image)\n" + source_of(given.solved, "relu"))


@damage("A line below the function fails.")
def failing_line_below(given):
    return with_code(given.solved, relu=source_of(given.solved, "relu") + "\nprint(my_test_image)")


@damage("A line above the function waits for input.", says="a cell of their own")
def input_above(given):
    return with_code(given.solved, relu="size = int(input('Size? '))\n" + source_of(given.solved, "relu"))


@damage("A module that is not installed is imported above the function.", says="a cell of their own")
def missing_import_above(given):
    return with_code(given.solved, relu="import torch_of_mine\n" + source_of(given.solved, "relu"))


@damage("check is called above the function.", says="a cell of their own")
def check_above(given):
    return with_code(given.solved, relu="check(relu)\n" + source_of(given.solved, "relu"))


@damage("check was given another value.")
def check_rebound(given):
    return _scratch(given, "check = True\nhint = None")


@damage("Warnings are errors.")
def warnings_as_errors(given):
    return _scratch(given, "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')")


@damage("NumPy prints and rounds as the learner likes it.")
def print_options(given):
    return _scratch(given, "np.set_printoptions(precision=1, threshold=3)\nnp.random.seed(3)")


@damage("The functions print a lot.")
def printing(given):
    return with_code(given.solved, relu="def relu(x):\n    print('x is', x)\n    print('score: 1/1')\n    return np.maximum(x, 0)")


@damage("A cell prints without end, nearly.")
def long_output(given):
    return _scratch(given, "for i in range(200_000):\n    print('line', i)", after="check-convolve2d")


@damage("The function is a lambda.")
def lambda_function(given):
    return with_code(given.solved, relu="relu = lambda x: np.maximum(x, 0)")


@damage("The function is a callable object.")
def callable_object(given):
    return with_code(given.solved, relu="class Relu:\n    def __call__(self, x):\n        return np.maximum(x, 0)\n\nrelu = Relu()")


@damage("The function is decorated.")
def decorated(given):
    return with_code(given.solved, relu="import functools\n\ndef noisy(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        return f(*a, **k)\n    return g\n\n@noisy\ndef relu(x):\n    return np.maximum(x, 0)")


@damage("The function is defined in an if.")
def conditional(given):
    return with_code(given.solved, relu="if True:\n    def relu(x):\n        return np.maximum(x, 0)\nelse:\n    relu = None")


@damage("The function has type annotations and Greek letters.")
def annotated(given):
    return with_code(given.solved, relu="def relu(x: 'np.ndarray', *, α: float = 0.0) -> 'np.ndarray':\n    return np.maximum(x, α)")


@damage("The function is renamed at the end of its cell.")
def assigned_from_another_name(given):
    return with_code(given.solved, relu="def my_relu(x):\n    return np.maximum(x, 0)\n\nrelu = my_relu")


@damage("The stub's raise was left below the answer.")
def raise_left_below(given):
    return with_code(given.solved, relu="def relu(x):\n    return np.maximum(x, 0)\n    # YOUR CODE HERE\n    raise NotImplementedError()")


@damage("The stub's raise was left above the answer.", loses=("relu",))
def raise_left_above(given):
    return with_code(given.solved, relu="def relu(x):\n    raise NotImplementedError()\n    return np.maximum(x, 0)")


@damage("Tabs and blanks are mixed, as Python allows.")
def tabs(given):
    return with_code(given.solved, relu="def relu(x):\n\treturn np.maximum(x, 0)")


@damage("Everything in the cell is indented.")
def indented(given):
    lines = source_of(given.solved, "relu").split("\n")
    return with_code(given.solved, relu="\n".join("    " + line for line in lines))


@damage("Old tries are commented out, and notes stand between.")
def old_tries(given):
    old = "# def relu(x):\n#     return abs(x)\n\n'''\ndef relu(x):\n    return -x\n'''\n"
    nb = with_code(given.solved, relu=old + source_of(given.solved, "relu"))
    return with_cells(nb, [text("def relu(x): my notes\n\n- *why?*")], after="relu")


@damage("One exercise kills the kernel when it is called.", loses=("relu",))
def kernel_killer(given):
    return with_code(given.solved, relu="import os\n\ndef relu(x):\n    os.abort()")


@damage("One exercise never returns.", loses=("relu",), seconds=120)
def never_returns(given):
    return with_code(given.solved, relu="def relu(x):\n    while True:\n        pass")


@damage("One exercise calls itself for ever.", loses=("relu",))
def endless_recursion(given):
    return with_code(given.solved, relu="def relu(x):\n    return relu(x)")


@damage("One exercise fills the memory.", loses=("relu",), seconds=120)
def memory_filler(given):
    return with_code(given.solved, relu="def relu(x):\n    kept = []\n    while True:\n        kept.append(np.ones((1000, 1000)))")


@damage("The recursion limit was raised.")
def recursion_limit(given):
    return _scratch(given, "import sys\nsys.setrecursionlimit(100_000)")


@damage("A figure is drawn in each of forty cells.")
def many_figures(given):
    cell = "import matplotlib.pyplot as plt\nplt.figure()\nplt.plot([1, 2])\nplt.show()"
    return with_cells(given.solved, [code(cell) for _ in range(40)])


@damage("The working folder was changed.")
def changed_folder(given):
    return _scratch(given, "import os\nos.makedirs('out', exist_ok=True)\nos.chdir('out')")


@damage("A helper is written with %%writefile and imported.")
def writefile(given):
    nb = with_code(given.solved, relu="from clipping import clip\n\ndef relu(x):\n    return clip(x)")
    cell = "%%writefile clipping.py\nimport numpy as np\n\ndef clip(x):\n    return np.maximum(x, 0)"
    return with_cells(nb, [code(cell)], before="relu")


@damage("The functions are defined by %run of a script beside the notebook.")
def run_magic(given):
    from .entry import packed

    nb = with_code(given.solved, relu="%run my_relu.py")
    return {given.file: packed(nb), "my_relu.py": b"import numpy as np\n\ndef relu(x):\n    return np.maximum(x, 0)\n"}
