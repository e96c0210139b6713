#compdef little
# zsh completion for little, made by "little completion zsh"

_little_setting() {
	local -a names
	names=(SMTPMaxSessions SMTPTimeout)
	compadd -M 'm:{a-zA-Z}={A-Za-z}' -a names
}

_little_or_dir() {
	_alternative "words:word:($*)" 'files:folder:_files -/'
}

_little_verb() {
	local -a verbs
	verbs=(
		'show:show it'\''s [all]: a \ and '\''quotes'\'''
		'do-it:do it'
	)
	_describe command verbs
}

_little() {
	if ((CURRENT == 2)); then
		_little_verb
		return
	fi
	local verb=$words[2]
	shift words
	((CURRENT--))
	case $verb in
	show) _arguments \
		'(- *)-h[help]' \
		'-all[show \[all\]\: it'\''s 50%]' \
		'-json[print JSON]' \
		'*-x[with this FILE]:FILE:_files' \
		'1:argument:_little_setting' \
		'2:argument:_files -/' ;;
	do-it) _arguments \
		'(- *)-h[help]' \
		'-state[the folder that is written, in place of DIR]:DIR: _little_or_dir old new' \
		'1:argument:(now later)' \
		'*:argument:_files -/' ;;
	help) _little_verb ;;
	esac
}

_little "$@"
