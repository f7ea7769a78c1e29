;; The two passes of the resampler with SIMD, equal bit for bit to those of resample-passes.ts.
;;
;; Exactness. A sum is HALF + weight * byte + ..., in int32 that wraps. No instruction multiplies
;; bytes by weights of 24 bits quickly, so each weight is split: weight = high * 4096 + low, with low
;; from 0 to 4095. Weights lie between -2^23 and 2^23 (see resampleRows in resample-passes.ts), so
;; high lies between -2^11 and 2^11 and both fit int16; i32x4.dot_i16x8_s then multiplies and adds
;; two taps at once, and no pair of products leaves int32. The sums of the two halves may wrap for
;; long windows, which is harmless: high * 4096 + low equals the wanted sum modulo 2^32, which is
;; what the other implementation computes too, and the true sum lies inside int32.
;;
;; Memory. Callers lay it out. Loads take 16 bytes and run past the end of what is wanted: those
;; bytes must exist, and their values do not matter, because their weights are 0.
(module
  (memory (export "memory") 1)

  ;; Splits a row of RGB pixels into three planes, 16 pixels at a time, so that eight neighbours of
  ;; one colour can be loaded together. Neighbouring windows overlap, the planes serve them all.
  (func $split
    (param $row i32)    ;; first byte of the row
    (param $plane i32)  ;; first byte of the red plane; green and blue follow
    (param $length i32) ;; bytes of one plane, a multiple of 16
    (local $end i32) (local $a v128) (local $b v128) (local $c v128)
    (local $blue i32)
    (local.set $end (i32.add (local.get $plane) (local.get $length)))
    (local.set $blue (i32.add (local.get $length) (local.get $length)))
    (loop $next
      (local.set $a (v128.load (local.get $row)))
      (local.set $b (v128.load offset=16 (local.get $row)))
      (local.set $c (v128.load offset=32 (local.get $row)))
      ;; Every third byte of the 48. An index of -1 gives 0; swizzles by constants take a fifth of the
      ;; time of shuffles of two vectors.
      (v128.store (local.get $plane)
        (v128.or
          (v128.or
            (i8x16.swizzle (local.get $a)
              (v128.const i8x16 0 3 6 9 12 15 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
            (i8x16.swizzle (local.get $b)
              (v128.const i8x16 -1 -1 -1 -1 -1 -1 2 5 8 11 14 -1 -1 -1 -1 -1)))
          (i8x16.swizzle (local.get $c)
            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 1 4 7 10 13))))
      (v128.store (i32.add (local.get $plane) (local.get $length))
        (v128.or
          (v128.or
            (i8x16.swizzle (local.get $a)
              (v128.const i8x16 1 4 7 10 13 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
            (i8x16.swizzle (local.get $b)
              (v128.const i8x16 -1 -1 -1 -1 -1 0 3 6 9 12 15 -1 -1 -1 -1 -1)))
          (i8x16.swizzle (local.get $c)
            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 2 5 8 11 14))))
      (v128.store (i32.add (local.get $plane) (local.get $blue))
        (v128.or
          (v128.or
            (i8x16.swizzle (local.get $a)
              (v128.const i8x16 2 5 8 11 14 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
            (i8x16.swizzle (local.get $b)
              (v128.const i8x16 -1 -1 -1 -1 -1 1 4 7 10 13 -1 -1 -1 -1 -1 -1)))
          (i8x16.swizzle (local.get $c)
            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 0 3 6 9 12 15))))
      (local.set $row (i32.add (local.get $row) (i32.const 48)))
      (local.set $plane (i32.add (local.get $plane) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $plane) (local.get $end)))))

  ;; Weighs the pixels of one row.
  (func (export "weighRow")
    (param $row i32)     ;; RGB bytes, 3 * $length of them
    (param $planes i32)  ;; room for the three planes
    (param $length i32)  ;; bytes of one plane, a multiple of 16
    (param $windows i32) ;; per output pixel: its first source pixel and its groups of 8 taps, int32
    (param $end i32)     ;; behind the windows
    (param $weights i32) ;; per group: 8 high halves, 8 low halves, int16
    (param $out i32)     ;; receives 3 bytes per output pixel, and one more byte behind the last
    (local $red i32) (local $green i32) (local $blue i32)
    (local $groups i32)
    (local $high v128) (local $low v128) (local $values v128)
    (local $redHigh v128) (local $greenHigh v128) (local $blueHigh v128)
    (local $redLow v128) (local $greenLow v128) (local $blueLow v128)
    (call $split (local.get $row) (local.get $planes) (local.get $length))
    (loop $nextPixel
      (local.set $red (i32.add (local.get $planes) (i32.load (local.get $windows))))
      (local.set $green (i32.add (local.get $red) (local.get $length)))
      (local.set $blue (i32.add (local.get $green) (local.get $length)))
      (local.set $groups (i32.load offset=4 (local.get $windows)))
      (local.set $redHigh (v128.const i32x4 0 0 0 0))
      (local.set $redLow (v128.const i32x4 0 0 0 0))
      (local.set $greenHigh (v128.const i32x4 0 0 0 0))
      (local.set $greenLow (v128.const i32x4 0 0 0 0))
      (local.set $blueHigh (v128.const i32x4 0 0 0 0))
      (local.set $blueLow (v128.const i32x4 0 0 0 0))
      (loop $nextGroup
        (local.set $high (v128.load (local.get $weights)))
        (local.set $low (v128.load offset=16 (local.get $weights)))
        (local.set $values (v128.load8x8_u (local.get $red)))
        (local.set $redHigh
          (i32x4.add (local.get $redHigh)
            (i32x4.dot_i16x8_s (local.get $values) (local.get $high))))
        (local.set $redLow
          (i32x4.add (local.get $redLow)
            (i32x4.dot_i16x8_s (local.get $values) (local.get $low))))
        (local.set $values (v128.load8x8_u (local.get $green)))
        (local.set $greenHigh
          (i32x4.add (local.get $greenHigh)
            (i32x4.dot_i16x8_s (local.get $values) (local.get $high))))
        (local.set $greenLow
          (i32x4.add (local.get $greenLow)
            (i32x4.dot_i16x8_s (local.get $values) (local.get $low))))
        (local.set $values (v128.load8x8_u (local.get $blue)))
        (local.set $blueHigh
          (i32x4.add (local.get $blueHigh)
            (i32x4.dot_i16x8_s (local.get $values) (local.get $high))))
        (local.set $blueLow
          (i32x4.add (local.get $blueLow)
            (i32x4.dot_i16x8_s (local.get $values) (local.get $low))))
        (local.set $weights (i32.add (local.get $weights) (i32.const 32)))
        (local.set $red (i32.add (local.get $red) (i32.const 8)))
        (local.set $green (i32.add (local.get $green) (i32.const 8)))
        (local.set $blue (i32.add (local.get $blue) (i32.const 8)))
        (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
        (br_if $nextGroup (local.get $groups)))
      ;; Puts the halves together, as $finish does; calls would cost more than they save here.
      (local.set $redHigh
        (i32x4.add (i32x4.shl (local.get $redHigh) (i32.const 12)) (local.get $redLow)))
      (local.set $greenHigh
        (i32x4.add (i32x4.shl (local.get $greenHigh) (i32.const 12)) (local.get $greenLow)))
      (local.set $blueHigh
        (i32x4.add (i32x4.shl (local.get $blueHigh) (i32.const 12)) (local.get $blueLow)))
      ;; Each colour has its sum in four lanes. Adding them turns three vectors into one: first
      ;; (r0 + r2, g0 + g2, r1 + r3, g1 + g3) and (b0 + b2, -, b1 + b3, -), then (r, g, b, -).
      (local.set $redHigh
        (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
            (local.get $redHigh) (local.get $greenHigh))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
            (local.get $redHigh) (local.get $greenHigh))))
      (local.set $blueHigh
        (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
            (local.get $blueHigh) (local.get $blueHigh))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
            (local.get $blueHigh) (local.get $blueHigh))))
      (local.set $values
        (i32x4.add
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
            (local.get $redHigh) (local.get $blueHigh))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
            (local.get $redHigh) (local.get $blueHigh))))
      (local.set $values
        (i32x4.shr_s
          (i32x4.add
            (local.get $values)
            (v128.const i32x4 0x200000 0x200000 0x200000 0x200000)) ;; a half
          (i32.const 22)))
      ;; Narrowing saturates, which is the clipping. The fourth byte is written over by the next
      ;; pixel, or the next row.
      (local.set $values (i16x8.narrow_i32x4_s (local.get $values) (local.get $values)))
      (v128.store32_lane 0 (local.get $out)
        (i8x16.narrow_i16x8_u (local.get $values) (local.get $values)))
      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $windows (i32.add (local.get $windows) (i32.const 8)))
      (br_if $nextPixel (i32.lt_u (local.get $windows) (local.get $end)))))

  ;; Adds the two halves of four sums, rounds, and drops the 22 bits of fraction.
  (func $finish (param $high v128) (param $low v128) (result v128)
    (i32x4.shr_s
      (i32x4.add
        (i32x4.add (i32x4.shl (local.get $high) (i32.const 12)) (local.get $low))
        (v128.const i32x4 0x200000 0x200000 0x200000 0x200000)) ;; a half
      (i32.const 22)))

  ;; Weighs the rows of one window: one row of output, 16 bytes at a time, whatever their colours.
  (func (export "weighColumns")
    (param $rows i32)    ;; first byte of the window
    (param $pitch i32)   ;; bytes from one row to the next
    (param $length i32)  ;; bytes of a row, a multiple of 16
    (param $weights i32) ;; per two rows: two high halves, two low halves, int16
    (param $end i32)     ;; behind the weights
    (param $out i32)     ;; receives $length bytes
    (local $stop i32) (local $at i32) (local $weight i32)
    (local $a v128) (local $b v128) (local $pairs v128) (local $high v128) (local $low v128)
    (local $high0 v128) (local $high1 v128) (local $high2 v128) (local $high3 v128)
    (local $low0 v128) (local $low1 v128) (local $low2 v128) (local $low3 v128)
    (local.set $stop (i32.add (local.get $out) (local.get $length)))
    (loop $nextBytes
      (local.set $at (local.get $rows))
      (local.set $weight (local.get $weights))
      (local.set $high0 (v128.const i32x4 0 0 0 0))
      (local.set $high1 (v128.const i32x4 0 0 0 0))
      (local.set $high2 (v128.const i32x4 0 0 0 0))
      (local.set $high3 (v128.const i32x4 0 0 0 0))
      (local.set $low0 (v128.const i32x4 0 0 0 0))
      (local.set $low1 (v128.const i32x4 0 0 0 0))
      (local.set $low2 (v128.const i32x4 0 0 0 0))
      (local.set $low3 (v128.const i32x4 0 0 0 0))
      (loop $nextRows
        (local.set $a (v128.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (local.get $pitch)))
        (local.set $b (v128.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (local.get $pitch)))
        (local.set $high (v128.load32_splat (local.get $weight)))
        (local.set $low (v128.load32_splat offset=4 (local.get $weight)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 8)))
        ;; a0 b0 a1 b1 ... a7 b7
        (local.set $pairs
          (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b)))
        ;; a8 b8 ... a15 b15
        (local.set $b
          (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31
            (local.get $a) (local.get $b)))
        (local.set $a (i16x8.extend_low_i8x16_u (local.get $pairs)))
        (local.set $high0
          (i32x4.add (local.get $high0) (i32x4.dot_i16x8_s (local.get $a) (local.get $high))))
        (local.set $low0
          (i32x4.add (local.get $low0) (i32x4.dot_i16x8_s (local.get $a) (local.get $low))))
        (local.set $a (i16x8.extend_high_i8x16_u (local.get $pairs)))
        (local.set $high1
          (i32x4.add (local.get $high1) (i32x4.dot_i16x8_s (local.get $a) (local.get $high))))
        (local.set $low1
          (i32x4.add (local.get $low1) (i32x4.dot_i16x8_s (local.get $a) (local.get $low))))
        (local.set $a (i16x8.extend_low_i8x16_u (local.get $b)))
        (local.set $high2
          (i32x4.add (local.get $high2) (i32x4.dot_i16x8_s (local.get $a) (local.get $high))))
        (local.set $low2
          (i32x4.add (local.get $low2) (i32x4.dot_i16x8_s (local.get $a) (local.get $low))))
        (local.set $a (i16x8.extend_high_i8x16_u (local.get $b)))
        (local.set $high3
          (i32x4.add (local.get $high3) (i32x4.dot_i16x8_s (local.get $a) (local.get $high))))
        (local.set $low3
          (i32x4.add (local.get $low3) (i32x4.dot_i16x8_s (local.get $a) (local.get $low))))
        (br_if $nextRows (i32.lt_u (local.get $weight) (local.get $end))))
      (v128.store (local.get $out)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s
            (call $finish (local.get $high0) (local.get $low0))
            (call $finish (local.get $high1) (local.get $low1)))
          (i16x8.narrow_i32x4_s
            (call $finish (local.get $high2) (local.get $low2))
            (call $finish (local.get $high3) (local.get $low3)))))
      (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $nextBytes (i32.lt_u (local.get $out) (local.get $stop))))))
