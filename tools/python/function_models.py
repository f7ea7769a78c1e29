"""Tiny models that call model-local functions, as text, and the values in them to look at.

In names, `__` stands for a slash, which the text format does not allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx
import onnx.parser

Steps = tuple[str, ...]
"""Names of calls from the main graph inwards (first outputs of calls without a name), and the name
of a value in the last one's function."""


@dataclass(frozen=True)
class FunctionModel:
    """A model with one float input `x` of shape [2, 3]."""

    name: str
    text: str
    values: tuple[Steps, ...]
    references: tuple[bool, ...] = (False, True)
    """Whether onnx.inliner comes first, for each way that onnx's reference evaluator can run it."""

    def build(self) -> onnx.ModelProto:
        model = onnx.parser.parse_model(self.text)
        _restore_slashes(model)
        onnx.checker.check_model(model, full_check=True)
        return model


def _slashes(name: str) -> str:
    return name.replace("__", "/")


def _restore_in_node(node: onnx.NodeProto) -> None:
    node.name = _slashes(node.name)
    node.input[:] = map(_slashes, node.input)
    node.output[:] = map(_slashes, node.output)
    for attribute in node.attribute:
        if attribute.HasField("g"):
            _restore_in_graph(attribute.g)


def _restore_in_graph(graph: onnx.GraphProto) -> None:
    for node in graph.node:
        _restore_in_node(node)
    for named in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
        named.name = _slashes(named.name)


def _restore_slashes(model: onnx.ModelProto) -> None:
    _restore_in_graph(model.graph)
    for function in model.functions:
        function.input[:] = map(_slashes, function.input)
        function.output[:] = map(_slashes, function.output)
        for node in function.node:
            _restore_in_node(node)


NESTED = FunctionModel(
    "nested",
    """
    <ir_version: 10, opset_import: ["": 18, "modules": 1]>
    nested (float[2, 3] x) => (float[2, 3] y)
    <float[3, 3] weight = {0.5, -1.0, 0.25, 1.5, 0.75, -0.5, 0.125, 2.0, -0.25}, float scale = {3.0}> {
      [stem] hidden = modules.block (x, weight)
      [stem__block] mixed = modules.block (hidden, weight)
      scaled = modules.mlp (mixed, scale)
      y = Add (scaled, hidden)
    }
    <domain: "modules", opset_import: ["": 18, "modules": 1]>
    block (x, weight) => (y) {
      [fc] hidden = modules.linear (x, weight)
      [block__fc] again = modules.linear (hidden, weight)
      [act] hot = Relu (again)
      y = Add (hot, x)
    }
    <domain: "modules", opset_import: ["": 18, "modules": 1]>
    linear (x, weight) => (y) {
      product = MatMul (x, weight)
      bias__value = Constant <value_float: float = 0.125> ()
      y = Add (product, bias__value)
    }
    <domain: "modules", opset_import: ["": 18, "modules": 1]>
    mlp (x, scale) => (y) {
      wide = Concat <axis: int = 1> (x, x)
      [halves] first, second = Split <axis: int = 1, num_outputs: int = 2> (wide)
      sum = Add (first, second)
      y = Mul (sum, scale)
    }
    """,
    (
        ("stem", "hidden"),
        ("stem", "fc", "product"),
        ("stem", "again"),
        ("stem", "hot"),
        ("stem", "y"),
        # Also the address of the product in `block/fc` of `stem`: the longer name of a call wins.
        ("stem/block", "fc", "product"),
        ("stem/block", "block/fc", "product"),
        ("stem/block", "block/fc", "bias/value"),
        ("stem/block", "hot"),
        ("scaled", "second"),
        ("scaled", "sum"),
        ("scaled", "x"),
    ),
)

ATTRIBUTES = FunctionModel(
    "attributes",
    """
    <ir_version: 10, opset_import: ["": 18, "local": 1]>
    attributes (float[2, 3] x) => (float[2, 3] y) {
      [defaults] a = local.outer (x)
      [given] b = local.outer <slope: float = 0.5, shift: float = -2.0, kept: int = 0> (x)
      y = Add (a, b)
    }
    <domain: "local", opset_import: ["": 18, "local": 1]>
    outer <slope, kept, shift: float = 0.25> (x) => (y) {
      [inner] bent = local.inner <alpha: float = @slope> (x)
      sum = ReduceSum <keepdims: int = @kept> (bent)
      sums = Add (bent, sum)
      y = local.inner <shift: float = @shift> (sums)
    }
    <domain: "local", opset_import: ["": 18]>
    inner <alpha, shift: float = 1.5> (x) => (y) {
      leaky = LeakyRelu <alpha: float = @alpha> (x)
      shift = Constant <value_float: float = @shift> ()
      y = Add (leaky, shift)
    }
    """,
    (
        ("defaults", "inner", "leaky"),
        ("defaults", "inner", "shift"),
        ("defaults", "sum"),
        ("given", "inner", "leaky"),
        ("given", "sum"),
        ("given", "y", "leaky"),
        ("given", "y", "shift"),
    ),
    # With onnx 1.23 the evaluator cannot leave out attributes, and the inliner drops defaults.
    references=(),
)

BRANCHES = FunctionModel(
    "branches",
    """
    <ir_version: 10, opset_import: ["": 18, "local": 1]>
    branches (float[2, 3] x) => (float[2, 3] y) {
      chosen = Abs (x)
      one = Constant <value_float: float = 1.0> ()
      [first] left = local.choose (x, chosen)
      [second] right = local.choose (chosen, one)
      inside = Add (left, right)
      y = Add (inside, chosen)
    }
    <domain: "local", opset_import: ["": 18]>
    choose (a, b) => (result) {
      doubled = Add (a, a)
      half = Constant <value_float: float = 0.5> ()
      total = ReduceSum <keepdims: int = 0> (doubled)
      big = Greater (total, half)
      chosen = If (big) <
        then_branch = then () => (float[N, M] inside) {
          scaled = Mul (doubled, b)
          small = Less (half, total)
          inside = If (small) <
            then_branch = deep () => (float[N, M] deepest) { deepest = Sub (scaled, half) },
            else_branch = flat () => (float[N, M] plain) { plain = Identity (doubled) }
          >
        },
        else_branch = otherwise () => (float[N, M] left) {
          one = Sub (a, b)
          left = Mul (one, half)
        }
      >
      trips = Constant <value_int: int = 3> ()
      yes = Constant <value: tensor = bool {1}> ()
      grown = Loop (trips, yes, chosen) <
        body = body (int64 i, bool cond, float[N, M] one) => (bool again, float[N, M] inside) {
          again = Identity (cond)
          inside = Add (one, doubled)
        }
      >
      result = Tanh (grown)
    }
    """,
    (
        ("first", "doubled"),
        ("first", "chosen"),
        ("first", "grown"),
        ("second", "total"),
        ("second", "chosen"),
        ("second", "grown"),
    ),
)

OPTIONAL = FunctionModel(
    "optional",
    """
    <ir_version: 10, opset_import: ["": 18, "local": 1]>
    optional (float[2, 3] x) => (float[2, 3] y) {
      low = Constant <value_float: float = -0.25> ()
      high = Constant <value_float: float = 0.5> ()
      [both] a, both_sum = local.clip (x, low, high)
      [upper] b, upper_sum = local.clip (x, , high)
      [lower] c, lower_sum = local.clip (x, low)
      [neither] , neither_sum = local.clip (x)
      ab = Add (a, b)
      abc = Add (ab, c)
      sums = Add (both_sum, neither_sum)
      y = Add (abc, sums)
    }
    <domain: "local", opset_import: ["": 18]>
    clip (x, low, high) => (y, sum) {
      doubled = Add (x, x)
      clipped = Clip (doubled, low, high)
      sum = ReduceSum (clipped)
      y = Neg (clipped)
    }
    """,
    (
        ("both", "clipped"),
        ("upper", "doubled"),
        ("upper", "clipped"),
        ("upper", "sum"),
        ("lower", "clipped"),
        ("neither", "clipped"),
        ("neither", "y"),
    ),
    # With onnx 1.23 the evaluator cannot leave out inputs.
    references=(True,),
)

FUNCTION_MODELS = (NESTED, ATTRIBUTES, BRANCHES, OPTIONAL)
