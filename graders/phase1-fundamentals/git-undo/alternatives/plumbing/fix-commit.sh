new=$(git commit-tree -p HEAD^ -F message.txt 'HEAD^{tree}')
git update-ref refs/heads/main "$new"
