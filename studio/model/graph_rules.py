"""What an ONNX graph from outside may contain: fields, operators, and sizes. Anything that is not listed is refused.

The operators are the standard ones of inference whose outputs have a size that follows from the graph and the number
of rows, never from the cells that a caller sends. docs/reference/model-file.md shows the lists.
"""

ML_DOMAIN = "ai.onnx.ml"
# The versions of the operator sets, first to last, by domain.
OPSETS = {"": (7, 26), ML_DOMAIN: (1, 5)}

# The fields that may be set, by message. Without the others there are no sub-graphs, functions, sparse constants,
# sequences, maps, training information, and no data outside the file.
FIELDS: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "ModelProto": "ir_version opset_import producer_name producer_version domain model_version doc_string graph "
        "metadata_props",
        "OperatorSetIdProto": "domain version",
        "StringStringEntryProto": "key value",
        "GraphProto": "node name initializer doc_string input output value_info metadata_props",
        "NodeProto": "input output name op_type domain attribute doc_string metadata_props",
        "AttributeProto": "name doc_string type f i s t floats ints strings",
        "TensorProto": "dims data_type float_data int32_data string_data int64_data name doc_string raw_data "
        "double_data uint64_data data_location metadata_props",
        "ValueInfoProto": "name type doc_string metadata_props",
        "TypeProto": "tensor_type denotation",
        "Tensor": "elem_type shape",
        "TensorShapeProto": "dim",
        "Dimension": "dim_value dim_param denotation",
    }.items()
}

# Operators whose outputs are as large as their inputs make them.
PLAIN = frozenset(
    """
    Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization BitwiseAnd BitwiseNot
    BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip Concat Constant Conv ConvTranspose Cos Cosh CumSum
    DepthToSpace DequantizeLinear Div Dropout Einsum Elu Equal Erf Exp EyeLike Flatten Floor GRU Gather
    GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization
    HardSigmoid HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu
    Less LessOrEqual Log LogSoftmax LpNormalization LpPool MatMul Max MaxPool Mean MeanVarianceNormalization Min
    Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear RNN Reciprocal Relu ReverseSequence Round ScatterElements
    ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Softmax Softplus Softsign SpaceToDepth Sqrt Sub Sum Swish
    Tan Tanh ThresholdedRelu Transpose Trilu Where Xor
    """.split()  # noqa: SIM905
)

# Operators with inputs that say how large the output is, and the positions of these. They have to be constants …
CONSTANT_SHAPE: dict[str, tuple[int, ...]] = {
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "OneHot": (1,),
    "Pad": (1, 3),
    "Range": (0, 1, 2),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Tile": (1, 2),
    "TopK": (1,),
    "Upsample": (1,),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
    **{
        f"Reduce{name}": (1,)
        for name in ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
    },
}
# … or, since this one makes nothing larger, may also be put together of the shapes of other values.
DERIVED_SHAPE: dict[str, tuple[int, ...]] = {"Reshape": (1,)}
# The operators that may put a shape together, and the inputs that have to be constants.
SHAPE_PARTS: dict[str, tuple[int, ...]] = {
    "Cast": (),
    "Concat": (),
    "Gather": (1,),
    "Identity": (),
    "Slice": (1, 2, 3, 4),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
}

# Operators of ai.onnx.ml; what their attributes say is checked in ml_operators.py.
ML_OPERATORS = frozenset(
    """
    ArrayFeatureExtractor Binarizer Imputer LinearClassifier LinearRegressor Normalizer SVMClassifier SVMRegressor
    Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor
    """.split()  # noqa: SIM905
)
OPERATORS: dict[str, frozenset[str]] = {
    "": PLAIN | CONSTANT_SHAPE.keys() | DERIVED_SHAPE.keys(),
    ML_DOMAIN: ML_OPERATORS,
}

# Sizes. Opening a chain of 5,000 nodes takes about ten seconds, and the time grows with the square.
MAX_NODES, MAX_CONSTANTS, MAX_VALUES, MAX_ATTRIBUTES, MAX_LINKS = 5_000, 20_000, 20_000, 64, 4_096
MAX_RANK, MAX_NAME_BYTES, MAX_NOTES, MAX_NOTE_BYTES = 8, 1_024, 256, 65_536
# The numbers of a shape that an operator takes as a constant: no more than this many elements may come of it.
MAX_SHAPE_ELEMENTS = 1 << 24
MAX_TREE_DEPTH, MAX_TARGETS = 1_024, 65_536

# Types of constants: the bytes of an element, and the field that holds elements which are not raw bytes.
ELEMENTS: dict[int, tuple[int, str]] = {
    1: (4, "float_data"),
    2: (1, "int32_data"),
    3: (1, "int32_data"),
    4: (2, "int32_data"),
    5: (2, "int32_data"),
    6: (4, "int32_data"),
    7: (8, "int64_data"),
    9: (1, "int32_data"),
    10: (2, "int32_data"),
    11: (8, "double_data"),
    12: (4, "uint64_data"),
    13: (8, "uint64_data"),
    16: (2, "int32_data"),
}
