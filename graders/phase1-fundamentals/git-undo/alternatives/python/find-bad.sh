exec python3 - "$1" <<'PY'
import bisect, subprocess, sys
commits = subprocess.run(['git', 'rev-list', '--reverse', 'main'], text=True, capture_output=True).stdout.split()
def bad(commit):
    subprocess.run(['git', 'checkout', '-q', commit], check=True)
    return subprocess.run(['bash', sys.argv[1]]).returncode != 0
first = commits[bisect.bisect_left(commits, True, lo=1, hi=len(commits) - 1, key=bad)]
subprocess.run(['git', 'checkout', '-q', 'main'], check=True)
open('first-bad.txt', 'w').write(first + '\n')
PY
