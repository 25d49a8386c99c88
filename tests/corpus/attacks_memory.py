"""Attacks on the grader's own memory, time and folders: what comes back is too much."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

from .entry import Register, claiming, code, packed, with_cells

attack = Register()
ALL = ("apply_filter", "convolve2d", "relu", "convolve_channels", "convolution_layer")
RAW = """
import json, zmq
k = get_ipython().kernel
parent = k.get_parent('shell')
to = k._parent_ident['shell'][0]
"""


def _try(given, source):
    hidden = "\n".join("    " + line for line in source.strip().split("\n"))
    cell = f"def _attack():\n{hidden}\n\ntry:\n    _attack()\nexcept Exception:\n    pass"
    return with_cells(given.solved, [code(cell)], before="apply_filter")


def _answering(given, rows, arrays="[]"):
    """Functions that are never called: what the grader asks is answered by this."""
    return claiming(given, "None", f"""
import base64, json
import cnnkit.calls as c
def answer(name, request):
    count = len(c.from_text(request)[0]['plan'])
    row = {{'errors': [], 'message': '', 'changed': [], 'printed': False, 'seconds': 0.0}}
    rows = [{{**row, **more}} for more in {rows}]
    return c.Reply(json.dumps({{'tree': {{'outcomes': rows}}, 'arrays': {arrays}}}))
c.answer = answer
""")


@attack("It answers with one array, named twenty thousand times: 80 GB if it is copied.", due="none")
def one_array_many_times(given):
    array = "[{'dtype': '<f8', 'shape': [500_000], 'data': base64.b64encode(bytes(4_000_000)).decode()}]"
    return _answering(given, "[{'value': {'list': [{'array': 0}] * 20_000}}] * count", array)


@attack("It answers in the right form, with guesses, errors and times that are no times.", due="none")
def guessed_outcomes(given):
    rows = ("[{'value': [{'float': 0.0}, {'int': 1}, {'known': 'square'}, {'tuple': []}][i % 4], 'seconds': -1e300,"
            " 'errors': ['ValueError'] * (i % 2) * 10_000, 'message': '<script>alert(1)</script>'} for i in range(count)]")
    return _answering(given, rows)


@attack("It answers with arrays of impossible shapes.", due="none")
def impossible_shapes(given):
    array = "[{'dtype': '<f8', 'shape': [[2**31, 2**33], [0, 10**11], [-1], [0] * 64][len(name) % 4], 'data': ''}]"
    return _answering(given, "[{'value': {'array': 0}}] * count", array)


@attack("It sends well-signed messages that have not the form of messages.", free=ALL, seconds=120)
def signed_garbage(given):
    return _try(given, RAW + """
def send(sock, who, kind, content, parent, header):
    parts = [json.dumps(part, default=str).encode() for part in (header, parent, {})]
    parts.append(content if isinstance(content, bytes) else json.dumps(content).encode())
    sock.send_multipart([who, b'<IDS|MSG>', k.session.sign(parts), *parts])
for sock, who in ((k.iopub_socket, b'x'), (k.shell_stream.socket, to)):
    for kind in ('status', 'stream', 'execute_reply', 'display_data'):
        for content in ([], None, 5, {}, b'[' * 100_000 + b']' * 100_000, {'execution_state': []}):
            for header in (parent['header'], [], 'x', 5, {'msg_id': []}):
                send(sock, who, kind, content, header, k.session.msg_header(kind))
                send(sock, who, kind, content, parent['header'], header)
""")


@attack("It shows things whose parts are of the wrong kind.")
def malformed_displays(given):
    return _try(given, RAW + """
for content in ({}, {'name': 5, 'text': 5}, {'data': 'x', 'metadata': [], 'transient': 7},
                {'data': {'text/plain': 7, 'image/png': ['a', 5]}, 'metadata': {}, 'transient': {'display_id': []}},
                {'ename': 7, 'evalue': None, 'traceback': 'abc'}, {'wait': 'x'}, {'execution_state': []}):
    for kind in ('stream', 'display_data', 'execute_result', 'error', 'update_display_data', 'clear_output', 'status'):
        k.session.send(k.iopub_socket, kind, content, parent=parent)
""")


@attack("It shows thirty thousand things with nothing in them.", seconds=120)
def empty_displays(given):
    return _try(given, RAW + """
for _ in range(30_000):
    k.session.send(k.iopub_socket, 'display_data', {'data': {}, 'metadata': {}, 'transient': {}}, parent=parent)
""")


@attack("It answers with arrays whose kinds are lists, and with lists in lists.", due="none")
def kinds_that_are_lists(given):
    array = "[{'dtype': [',', '(,', '2f4', 'O'][len(name) % 4], 'shape': [1], 'data': base64.b64encode(bytes(8)).decode()}]"
    rows = "[{'value': json.loads('{\"list\": [' * 200 + '{\"float\": 1.0}' + ']}' * 200)}] * count"
    return _answering(given, rows, f"{array} if len(name) % 2 else []")


@attack("It spoils what answers are written with; its own functions are right.")
def writing_spoilt(given):
    return with_cells(given.solved, [code("import base64\nbase64.b64encode = lambda data: b'AAAA'")], before="convolve2d")


@attack("It takes away what answers the grader; its own functions are right.")
def answering_taken_away(given):
    return _try(given, "import cnnkit.calls\ncnnkit.calls.answer = lambda name, request: cnnkit.calls.Reply('{}')")


@attack("It answers with numbers of four hundred digits.", due="none")
def long_numbers(given):
    rows = "[{'value': [{'int': 10**400}, {'float': 10**400}][i % 2], 'seconds': 10**400} for i in range(count)]"
    return _answering(given, rows)


@attack("It floods the sockets that are seldom read with messages of 30 MiB.", free=ALL, seconds=150)
def socket_flood(given):
    return _try(given, RAW + """
big = b'x' * (30 * 2**20)
for sock in (k.stdin_socket, k.control_stream.socket, k.shell_stream.socket):
    for _ in range(40):
        sock.send_multipart([to, b'<IDS|MSG>', big], zmq.NOBLOCK)
""")


@attack("It swaps the code of the functions that encode what it returned.", due="none")
def code_objects_swapped(given):
    return claiming(given, "None", "import cnnkit.values as v, cnnkit.calls as c\n"
                    "def zero(value): return {'float': 0.0}, []\nv.encode.__code__ = zero.__code__\n"
                    "c._unchanged.__code__ = (lambda a, b: True).__code__\n")


@attack("Its functions return memory that is not theirs.", due="none")
def foreign_memory(given):
    setup = ("import numpy as np\nfrom numpy.lib.stride_tricks import as_strided\n"
             "def beyond(): return as_strided(np.zeros(1), (100, 100), (8, 8))")
    return claiming(given, "beyond()", setup)


@attack("Right when asked, wrong functions are swapped for others by a hook of IPython.", due="none")
def swapped_by_a_hook(given):
    return claiming(given, "None", """
ip = get_ipython()
def before(*args):
    ip.user_ns.update({name: lambda *a, **k: 0.0 for name in ('relu', 'apply_filter')})
ip.events.register('pre_execute', before)
""")


@attack("It stops the clock.")
def stopped_clock(given):
    return _try(given, "import time\ntime.perf_counter = time.time = time.monotonic = lambda: 0.0")


@attack("It holds pipes, shared memory and every descriptor it can get.", free=ALL)
def hoarder(given):
    return _try(given, """
import ctypes, os
kept = globals().setdefault('kept', [])
for _ in range(50):
    ctypes.CDLL(None).shmget(0, 2**20, 0o1666)
while len(kept) < 2000:
    kept += os.pipe()
    os.write(kept[-1], b'x' * 2**16)
""")


@attack("Its zip has a file and a folder of one name.")
def one_name_twice(given):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a", "a/b", "d/./e.py", "x" * 300):
            archive.writestr(name, b"x = 1")
        archive.writestr(given.file, packed(given.solved))
    return {"hw.zip": buffer.getvalue(), "hw": b"x"}


@attack("Its archives unpack to gigabytes, again and again.", due="unreadable", says="too much")
def many_bombs(given):
    bomb = gzip.compress(bytes(80 * 2**20))
    return {f"{number}.ipynb.gz": bomb for number in range(60)}


@attack("Its tar file has links, devices and paths that lead out.")
def tar_slip(given):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, given.targets.secret
            archive.addfile(member)
        for name in ("../../../../../tmp/cnnkit-slip", "/tmp/cnnkit-slip", given.file):
            member, data = tarfile.TarInfo(name), packed(given.solved)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return {"hw.tgz": buffer.getvalue()}


@attack("A thousand equal cells take names and give them back.", seconds=120)
def thousand_equal_cells(given):
    return with_cells(given.solved, [code("np = np\nrelu = relu") for _ in range(1000)])
