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

passed=0
failed=0
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

check() { # name command...
  local name=$1
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    tail -n 30 "$log"
  fi
}

for script in build_demo_model make_demo_labels make_demo_golden make_preprocess_golden \
  make_core_fixtures make_surgery_fixtures make_pretrained make_pretrained_golden; do
  check "$script --check" "$python" "tools/python/$script.py" --check
done

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

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
