# bash completion for little, made by "little completion bash"

_little_verbs='show do-it'
_little_settings='SMTPMaxSessions SMTPTimeout'

# What a command takes: its flags, those that want a value and what that is, and
# its arguments.
_little_of() {
	case $1 in
	show)
		flags='-h -all -json -x'
		values='-x=file'
		arguments='setting dir' ;;
	do-it)
		flags='-h -state'
		values='-state=dir,old,new'
		arguments='word,now,later dir+' ;;
	esac
}

# What a word of a kind may be; names of settings are read without regard to case.
_little_words() {
	local kind=${1%%,*} choices=${1#*,} cur=$2 name
	[[ $1 == *,* ]] || choices=
	case $kind in
	dir) compgen -d -- "$cur" ;;
	file) compgen -f -- "$cur" ;;
	verb) compgen -W "$_little_verbs" -- "$cur" ;;
	setting)
		for name in $_little_settings; do
			[[ ${name,,} == "${cur,,}"* ]] && printf '%s\n' "$name"
		done ;;
	esac
	compgen -W "${choices//,/ }" -- "$cur"
}

_little() {
	local cur=${COMP_WORDS[COMP_CWORD]} flags= values= arguments= kind= word value i position=0
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$_little_verbs help" -- "$cur")
		return
	fi
	_little_of "${COMP_WORDS[1]}"
	[ "${COMP_WORDS[1]}" = help ] && arguments=verb
	# The value of a flag is no argument.
	for ((i = 2; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		kind=
		case $word in
		-*)
			for value in $values; do
				[ "${value%%=*}" = "$word" ] && kind=${value#*=}
			done
			[ -n "$kind" ] && [ $((++i)) -eq "$COMP_CWORD" ] && break
			kind= ;;
		*) position=$((position + 1)) ;;
		esac
	done
	if [ -z "$kind" ] && [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
		return
	fi
	if [ -z "$kind" ]; then
		local -a all=($arguments)
		[ "${#all[@]}" -gt 0 ] || return
		kind=${all[position]-}
		[ -z "$kind" ] && [[ ${all[-1]} == *+ ]] && kind=${all[-1]}
		kind=${kind%+}
	fi
	[ -n "$kind" ] || return
	mapfile -t COMPREPLY < <(_little_words "$kind" "$cur")
	case $kind in
	dir* | file*) compopt -o filenames 2>/dev/null ;; # fails where nobody completes
	esac
}

complete -F _little little
