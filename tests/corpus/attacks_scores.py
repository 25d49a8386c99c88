"""Attacks that want points without having solved anything."""

from __future__ import annotations

from .entry import (
    Given,
    Register,
    claiming,
    with_code,
)

attack = Register()

YES = """
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def __bool__(self): return True
    def __hash__(self): return 0
    def __sub__(self, other): return self
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = __sub__
"""


def _setup(given: Given, source: str) -> object:
    """An unsolved notebook whose functions return None, after some code has run."""
    return claiming(given, "None", source)


@attack("It returns an object that equals everything.", due="none")
def equal_to_everything(given):
    return claiming(given, "Yes()", YES)


@attack("It returns an array whose comparisons always say yes.", due="none")
def array_equal_to_everything(given):
    setup = ("import numpy as np\nclass Sure(np.ndarray):\n"
             "    def __array_function__(self, f, t, a, k): return True\n"
             "    def __array_ufunc__(self, *a, **k): return True\n"
             "    def __eq__(self, other): return np.bool_(True)\n"
             "    @property\n    def shape(self): return (1,)\n")
    return claiming(given, "np.zeros((2, 2)).view(Sure)", setup)


@attack("It returns a float that equals every float.", due="none")
def float_equal_to_everything(given):
    return claiming(given, "F(0)", "class F(float):\n    __eq__ = lambda s, o: True\n    __sub__ = lambda s, o: 0.0\n    __float__ = lambda s: s\n")


@attack("It returns NaN everywhere.", due="none")
def nan_everywhere(given):
    return claiming(given, "np.full((1, 1), np.nan)")


@attack("It returns an array of objects that equal everything.", due="none")
def object_array(given):
    return claiming(given, "np.array([[Yes()]], dtype=object)", YES)


@attack("It returns a masked array in which everything is masked.", due="none")
def masked_array(given):
    return claiming(given, "np.ma.masked_all((3, 3))")


@attack("It patches numpy's comparisons.", due="none")
def numpy_patched(given):
    return _setup(given, "import numpy as np\nfor n in ('allclose', 'array_equal', 'isclose', 'all', 'abs', 'array_equiv'):\n    setattr(np, n, lambda *a, **k: np.True_)\n")


@attack("It patches numpy.testing.", due="none")
def numpy_testing_patched(given):
    return _setup(given, "import numpy.testing as t\nfor n in dir(t):\n    if n.startswith('assert'):\n        setattr(t, n, lambda *a, **k: None)\n")


@attack("It replaces cnnkit's judge by one that gives full marks.", due="none")
def judge_patched(given):
    return _setup(given, "import cnnkit.judge as j\nfrom unittest.mock import MagicMock\nfor n in list(vars(j)):\n    if callable(getattr(j, n)):\n        setattr(j, n, MagicMock(return_value=True))\n")


@attack("It replaces check.", due="none")
def check_replaced(given):
    return _setup(given, "import cnnkit, cnnkit.check\ncheck = cnnkit.check = lambda *a, **k: print('all right') or 99\n")


@attack("It patches the encoding of results so that every result is a scalar 1.", due="none")
def values_patched(given):
    return _setup(given, "import cnnkit.values as v, cnnkit.calls as c\nv.encode = c.encode = lambda value: (1.0, [])\n")


@attack("It makes the kernel's reply claim that nothing ever raised or changed.", due="none")
def outcomes_forged(given):
    return _setup(given, "import cnnkit.calls as c\nc.outcomes_text = lambda outcomes: '{\"outcomes\": [], \"score\": 11}'\n")


@attack("It replaces the function that answers the grader.", due="none")
def answer_replaced(given):
    return _setup(given, "import cnnkit.calls as c\nc.answer = lambda name, request: c.Reply('{\"passed\": true, \"score\": 4}')\n")


@attack("It answers with the request itself.", due="none")
def request_echoed(given):
    return _setup(given, "import cnnkit.calls as c\nc.answer = lambda name, request: c.Reply(request)\n")


@attack("It patches json, so that whatever is written says full marks.", due="none")
def json_patched(given):
    return _setup(given, "import json\n_old = json.dumps\njson.dumps = lambda o, **k: _old(o, **k).replace('false', 'true').replace('0.0', '4.0')\n")


@attack("It patches pickle and copy.", due="none")
def pickle_patched(given):
    return _setup(given, "import pickle, copy\npickle.loads = pickle.load = lambda *a, **k: True\ncopy.deepcopy = copy.copy = lambda x, *a: x\n")


@attack("It patches IPython's display formatter.", due="none")
def display_formatter(given):
    return _setup(given, "ip = get_ipython()\nip.display_formatter.format = lambda *a, **k: ({'text/plain': '4.0', 'application/x-cnnkit-outcomes+json': '{}'}, {})\n")


@attack("It patches user_expressions in the shell.", due="none")
def user_expressions(given):
    return _setup(given, "ip = get_ipython()\nip.user_expressions = lambda e: {k: {'status': 'ok', 'data': {'text/plain': '4.0'}, 'metadata': {}} for k in e}\n")


@attack("It runs another cell instead of what the grader asks for.", due="none")
def input_transformer(given):
    return _setup(given, "get_ipython().input_transformers_cleanup.append(lambda lines: ['4.0\\n'])\n")


@attack("It takes assertions out of the syntax tree.", due="none")
def ast_transformer(given):
    return _setup(given, "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, n): return ast.Pass()\n    def visit_Raise(self, n): return ast.Pass()\nget_ipython().ast_transformers.append(T())\n")


@attack("It swallows all exceptions of cells.", due="none")
def custom_exceptions(given):
    return _setup(given, "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)\nget_ipython().showtraceback = lambda *a, **k: None\n")


@attack("It prints scores.", due="none")
def scores_printed(given):
    return _setup(given, "print('score: 11/11')\nprint('4.0')\n4.0\n")


@attack("It forges outputs and replies on the kernel's own sockets.", due="none")
def replies_forged(given):
    return _setup(given, """
import threading, time
k = get_ipython().kernel
def forge():
    for _ in range(200):
        try:
            p = k.get_parent('shell')
            for s in (k.iopub_socket, getattr(k, 'shell_stream', None)):
                k.session.send(s, 'execute_result', {'data': {'text/plain': '4.0'}, 'metadata': {}, 'execution_count': 1}, parent=p)
                k.session.send(s, 'execute_reply', {'status': 'ok', 'execution_count': 1, 'user_expressions': {}, 'payload': []}, parent=p)
        except Exception:
            pass
        time.sleep(0.01)
threading.Thread(target=forge, daemon=True).start()
""")


@attack("It sends the execute reply twice, the forged one first.", due="none")
def first_reply_forged(given):
    return _setup(given, """
k = get_ipython().kernel
old = k.session.send
def send(stream, kind, content=None, *a, **b):
    if kind == 'execute_reply' and isinstance(content, dict):
        forged = dict(content)
        forged['user_expressions'] = {n: {'status': 'ok', 'data': {'text/plain': '1', 'application/x-cnnkit-outcomes+json': '{"tree": []}'}, 'metadata': {}} for n in content.get('user_expressions', {})}
        old(stream, kind, forged, *a, **b)
    return old(stream, kind, content, *a, **b)
k.session.send = send
""")


@attack("It looks for expected values in the frames above it.", due="none")
def frames_read(given):
    return claiming(given, "look()", """
import sys, gc
def look():
    f = sys._getframe()
    while f:
        for n in ('expected', 'want', 'key', 'answer', 'reference'):
            if n in f.f_locals and not callable(f.f_locals[n]):
                return f.f_locals[n]
        f = f.f_back
    for o in gc.get_objects():
        if type(o).__name__ in ('ExerciseKey', 'CaseKey'):
            return o.expected
    return None
""")


@attack("It takes what it was asked with, and answers from what is no argument in it.", due="none")
def question_read(given):
    return claiming(given, "beyond()", """
import sys
def beyond():
    f = sys._getframe()
    while 'index' not in f.f_locals or 'calls' not in f.f_locals:
        f = f.f_back
    arrays, calls = f.f_locals['arrays'], f.f_locals['calls']
    named = str([(c.args, c.kwargs) for c in calls])
    rest = [a for i, a in enumerate(arrays) if f"'array': {i}}}" not in named and f"'array': {i}," not in named]
    return rest[f.f_locals['index']]
""")


@attack("It changes the grader's local variables through frames.", due="none")
def frames_changed(given):
    return claiming(given, "meddle()", """
import sys, ctypes
def meddle():
    f = sys._getframe()
    while f:
        for n in list(f.f_locals):
            if n in ('errors', 'changed', 'score', 'passed', 'outcomes'):
                try:
                    f.f_locals[n] = []
                    ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(f), ctypes.c_int(0))
                except Exception:
                    pass
        f = f.f_back
    return None
""")


@attack("It traces the grader's calls and changes what they return.", due="none")
def tracing(given):
    return _setup(given, "import sys\ndef t(frame, event, arg):\n    if frame.f_code.co_name in ('_changed', '_unchanged'):\n        frame.f_locals.clear()\n    return t\nsys.settrace(t); sys.setprofile(lambda *a: None)\n")


@attack("It looks the public cases up and returns what the public key expects.", due="none")
def public_answers(given):
    return claiming(given, "lookup(*args)", """
import numpy as np
try:
    data = np.load('key.npz', allow_pickle=False)
    known = [data[n] for n in data.files]
except Exception:
    known = []
def lookup(*args):
    for i, a in enumerate(known):
        if len(args) and isinstance(args[0], np.ndarray) and a.shape == args[0].shape and np.array_equal(a, args[0]):
            return known[(i + 1) % len(known)]
    return None
""")


@attack("It asks cnnkit's public check what is expected and returns that.", due="none")
def oracle(given):
    return claiming(given, "ask()", """
def ask():
    from cnnkit import failed_case
    try:
        return failed_case().expected
    except Exception:
        return None
""")


@attack("It writes the arguments over, hoping that they are what is compared.", due="none")
def arguments_overwritten(given):
    nb = with_code(given.released, **{
        name: f"def {name}(*args, **kwargs):\n    for a in args:\n        if hasattr(a, 'fill'):\n            a.fill(0)\n    return 0"
        for name in given.exercises()
    })
    return nb


@attack("It returns what changes every time it is looked at.", due="none")
def mutable_result(given):
    return claiming(given, "S()", """
import numpy as np
class S:
    n = 0
    def __array__(self, dtype=None, copy=None):
        S.n += 1
        return np.full((S.n, S.n), S.n, dtype=float)
""")


@attack("It runs code when its result is made an array.", due="none")
def array_protocol(given):
    return claiming(given, "E()", """
class E:
    def __array__(self, *a, **k):
        import cnnkit.calls as c
        c._changed = lambda *a: ()
        raise SystemExit('array')
    __array_interface__ = property(__array__)
    __reduce__ = __array__
""")


@attack("It runs code when its result is unpickled.", due="none")
def pickle_bomb(given):
    return claiming(given, "P()", "import os\nclass P:\n    def __reduce__(self): return (os.system, ('touch /tmp/unpickled',))\n")


@attack("It raises ValueError always, in case that is expected.", due="none")
def always_value_error(given):
    return claiming(given, "fail()", "def fail():\n    raise ValueError('as expected')\n")


@attack("It raises an exception whose class has a forged name and text.", due="none")
def forged_exception(given):
    return claiming(given, "fail()", "class ValueError(BaseException):\n    def __str__(self): raise SystemExit\nValueError.__name__ = 'x' * 10**6\ndef fail():\n    raise ValueError()\n")


@attack("It is right until it was called once, then it is something else.", due="none")
def changes_its_mind(given):
    return claiming(given, "later()", "calls = []\ndef later():\n    calls.append(1)\n    return float(len(calls))\n")


@attack("Its functions are generators.", due="none")
def generators(given):
    nb = with_code(given.released, **{n: f"def {n}(*a, **k):\n    yield 1" for n in given.exercises()})
    return nb


@attack("Its functions are coroutines.", due="none")
def coroutines(given):
    return with_code(given.released, **{n: f"async def {n}(*a, **k):\n    return 1" for n in given.exercises()})


@attack("It puts itself into the place of functions the grader knows.", due="none")
def known_functions(given):
    return _setup(given, "import cnnkit.functions as f\nfor n in list(f.FUNCTIONS):\n    f.FUNCTIONS[n] = lambda *a: 0\nimport builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.len = lambda x: 1\n")


@attack("It patches builtins that everything uses.", due="none")
def builtins_patched(given):
    return _setup(given, "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.max = lambda *a, **k: 10**9\nbuiltins.all = lambda x: True\nbuiltins.float = lambda x=0: 4.0\n")


@attack("It makes import give its own modules.", due="none")
def import_hook(given):
    return _setup(given, """
import sys, types, importlib.abc, importlib.machinery
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if 'cnnkit' in name or 'nbgrader' in name else None
    def create_module(self, spec): return types.ModuleType(spec.name)
    def exec_module(self, module): module.answer = module.judge = lambda *a, **k: True
sys.meta_path.insert(0, Finder())
for n in [n for n in sys.modules if n.startswith('cnnkit')]:
    del sys.modules[n]
""")
