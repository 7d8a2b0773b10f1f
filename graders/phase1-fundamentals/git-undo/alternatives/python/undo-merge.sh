exec python3 - <<'PY'
import subprocess
git = lambda *a: subprocess.run(['git', *a], check=True, text=True, capture_output=True).stdout.strip()
merge = git('log', '--merges', '-1', '--format=%H')
commits = git('rev-list', '--no-merges', f'{merge}^1..{merge}').split()
# Each commit of the branch, newest first: the same as one revert of the merge.
git('revert', '--no-edit', *commits)
git('push', 'origin', 'main')
PY
