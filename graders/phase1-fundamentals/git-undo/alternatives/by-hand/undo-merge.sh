set -e
merge=$(git rev-list --min-parents=2 --max-count=1 HEAD)
git diff --binary "$merge" "$merge^1" | git apply --index --3way
git commit -m "Undo $merge"
git push origin HEAD:main
