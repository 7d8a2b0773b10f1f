set -e
test=$1
git bisect start
git bisect bad
git bisect good "$(git rev-list main | tail -n 1)"
while ! git rev-parse -q --verify refs/bisect/bad >/dev/null || [ "$(git rev-list --count refs/bisect/bad --not $(git for-each-ref --format='%(objectname)' 'refs/bisect/good-*'))" -gt 1 ]; do
  if sh "$test"; then git bisect good; else git bisect bad; fi
done
bad=$(git rev-parse refs/bisect/bad)
git bisect reset
printf %s "$bad" > first-bad.txt
