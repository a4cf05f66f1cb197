#!/bin/sh
# Builds the code and the Java kernel, and tells Jupyter of the kernel. Run it again after a change of the kernel.
#
#   notebooks/install-kernel.sh           builds, then installs for this user
#   notebooks/install-kernel.sh --built   installs what the last `mvn package` built
#
# The kernel goes to Jupyter's data folder, $JUPYTER_DATA_DIR or ~/.local/share/jupyter, as kernels/finessl-java.
set -eu

die() {
    echo "install-kernel.sh: $1" >&2
    exit 1
}

needed() {
    command -v "$1" > /dev/null || die "$1 is missing; on Debian: apt-get install -y --no-install-recommends $2"
}

build=yes
case "${1-}" in
    '') ;;
    --built) build=no ;;
    *) die "I know --built alone, not $1." ;;
esac

notebooks=$(cd "$(dirname "$0")" && pwd)
jupyter='jupyter-client jupyter-nbconvert python3-nbclient'
needed java openjdk-17-jdk-headless
needed jupyter "$jupyter"
jupyter kernelspec --version > /dev/null 2>&1 ||
    die "jupyter has no kernelspec; on Debian: apt-get install -y --no-install-recommends $jupyter"
java --list-modules | grep -q '^jdk.jshell@' ||
    die "$(command -v java) has no JShell; a whole JDK, 17 or newer, is needed first on the PATH."

if [ "$build" = yes ]; then
    needed mvn maven
    echo 'Building; the first time this fetches about 200 MB of libraries.'
    (cd "$notebooks/.." && mvn -q -B -ntp -DskipTests package)
fi
[ -d "$notebooks/target/kernel/lib" ] || die 'the kernel is not built: run this without --built.'
jupyter kernelspec install --user --replace --name finessl-java "$notebooks/target/kernel"
