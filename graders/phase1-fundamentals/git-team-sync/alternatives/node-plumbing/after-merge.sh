exec node --input-type=module - <<'JS'
import { execFileSync, spawnSync } from 'node:child_process'
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim()
git('fetch', '-q', '-p')
git('checkout', '-q', 'main')
git('reset', '-q', '--hard', 'origin/main')
const merged = spawnSync('git', ['merge-base', '--is-ancestor', 'topic/depots', 'main']).status === 0
if (merged) {
  git('update-ref', '-d', 'refs/heads/topic/depots')
  if (git('for-each-ref', 'refs/remotes/origin/topic/depots')) git('push', '-q', 'origin', ':topic/depots')
}
JS
