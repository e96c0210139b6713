package manual

import (
	"fmt"
	"slices"
	"strings"
)

// Shells gives the shells that there are completions for.
func Shells() []string { return []string{"bash", "zsh", "fish"} }

// Completion gives the completion of a shell.
func (b *Book) Completion(shell string) (string, error) {
	switch shell {
	case "bash":
		return b.bash(), nil
	case "zsh":
		return b.zsh(), nil
	case "fish":
		return b.fish(), nil
	}
	return "", fmt.Errorf("no completion for %q; there are %s", shell, strings.Join(Shells(), ", "))
}

// names gives the names of the verbs.
func (b *Book) names() []string {
	out := make([]string, len(b.Verbs))
	for i, e := range b.Verbs {
		out[i] = e.Name
	}
	return out
}

// quoted puts a text in single quotes for bash and zsh.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// identifier makes the program's name fit for a function's.
func (b *Book) identifier() string {
	return "_" + strings.NewReplacer("-", "_", ".", "_").Replace(b.Program.Name)
}

// kindWord names a kind in the completion of bash.
func (a Arg) kindWord() string {
	return [...]string{Word: "word", Dir: "dir", FilePath: "file", Setting: "setting"}[a.Kind]
}

// bashWord gives an argument as the functions of bashBody read it: the kind and
// the words that it may be.
func (a Arg) bashWord() string {
	return strings.Join(append([]string{a.kindWord()}, a.Choices...), ",")
}

// bash gives the completion of bash, which needs no other package of completions.
func (b *Book) bash() string {
	fn := b.identifier()
	out := &strings.Builder{}
	fmt.Fprintf(out, "# bash completion for %s, made by \"%s completion bash\"\n\n", b.Program.Name, b.Program.Name)
	fmt.Fprintf(out, "%s_verbs=%s\n", fn, quoted(strings.Join(b.names(), " ")))
	fmt.Fprintf(out, "%s_settings=%s\n\n", fn, quoted(strings.Join(b.Settings, " ")))
	fmt.Fprintf(out, "# What a command takes: its flags, those that want a value and what that is, and\n# its arguments.\n%s_of() {\n\tcase $1 in\n", fn)
	for _, e := range b.Verbs {
		flags, values, args := []string{"-h"}, []string{}, []string{}
		for _, f := range e.Flags {
			flags = append(flags, "-"+f.Name)
			if f.Value != "" {
				values = append(values, "-"+f.Name+"="+f.Is.bashWord())
			}
		}
		for _, a := range e.Args {
			w := a.bashWord()
			if a.Many {
				w += "+"
			}
			args = append(args, w)
		}
		fmt.Fprintf(out, "\t%s)\n\t\tflags=%s\n\t\tvalues=%s\n\t\targuments=%s ;;\n", e.Name,
			quoted(strings.Join(flags, " ")), quoted(strings.Join(values, " ")), quoted(strings.Join(args, " ")))
	}
	out.WriteString("\tesac\n}\n")
	out.WriteString(strings.NewReplacer("NAME", fn, "PROGRAM", b.Program.Name).Replace(bashBody))
	return out.String()
}

const bashBody = `
# What a word of a kind may be; names of settings are read without regard to case.
NAME_words() {
	local kind=${1%%,*} choices=${1#*,} cur=$2 name
	[[ $1 == *,* ]] || choices=
	case $kind in
	dir) compgen -d -- "$cur" ;;
	file) compgen -f -- "$cur" ;;
	verb) compgen -W "$NAME_verbs" -- "$cur" ;;
	setting)
		for name in $NAME_settings; do
			[[ ${name,,} == "${cur,,}"* ]] && printf '%s\n' "$name"
		done ;;
	esac
	compgen -W "${choices//,/ }" -- "$cur"
}

NAME() {
	local cur=${COMP_WORDS[COMP_CWORD]} flags= values= arguments= kind= word value i position=0
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$NAME_verbs help" -- "$cur")
		return
	fi
	NAME_of "${COMP_WORDS[1]}"
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
	mapfile -t COMPREPLY < <(NAME_words "$kind" "$cur")
	case $kind in
	dir* | file*) compopt -o filenames 2>/dev/null ;; # fails where nobody completes
	esac
}

complete -F NAME PROGRAM
`

// zsh gives the completion of zsh.
func (b *Book) zsh() string {
	fn := b.identifier()
	out := &strings.Builder{}
	fmt.Fprintf(out, "#compdef %s\n# zsh completion for %s, made by \"%s completion zsh\"\n\n", b.Program.Name, b.Program.Name, b.Program.Name)
	fmt.Fprintf(out, "%s_setting() {\n\tlocal -a names\n\tnames=(%s)\n\tcompadd -M 'm:{a-zA-Z}={A-Za-z}' -a names\n}\n\n", fn, strings.Join(b.Settings, " "))
	fmt.Fprintf(out, "%s_or_dir() {\n\t_alternative \"words:word:($*)\" 'files:folder:_files -/'\n}\n\n", fn)
	fmt.Fprintf(out, "%s_verb() {\n\tlocal -a verbs\n\tverbs=(\n", fn)
	for _, e := range b.Verbs {
		fmt.Fprintf(out, "\t\t%s\n", quoted(e.Name+":"+e.Short))
	}
	fmt.Fprintf(out, "\t)\n\t_describe command verbs\n}\n\n%s() {\n\tif ((CURRENT == 2)); then\n\t\t%s_verb\n\t\treturn\n\tfi\n\tlocal verb=$words[2]\n\tshift words\n\t((CURRENT--))\n\tcase $verb in\n", fn, fn)
	for _, e := range b.Verbs {
		fmt.Fprintf(out, "\t%s) _arguments \\\n\t\t'(- *)-h[help]'", e.Name)
		for _, f := range e.Flags {
			out.WriteString(" \\\n\t\t" + f.zsh(fn))
		}
		for i, a := range e.Args {
			position := fmt.Sprint(i + 1)
			if a.Many {
				position = "*"
			}
			out.WriteString(" \\\n\t\t" + quoted(position+":argument:"+a.zsh(fn)))
		}
		out.WriteString(" ;;\n")
	}
	fmt.Fprintf(out, "\thelp) %s_verb ;;\n\tesac\n}\n\n%s \"$@\"\n", fn, fn)
	return out.String()
}

// zsh gives a flag as an argument of _arguments.
func (f Flag) zsh(fn string) string {
	spec := "-" + f.Name + "[" + strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`, `\`, `\\`).Replace(f.Means) + "]"
	if f.Many {
		spec = "*" + spec
	}
	if f.Value != "" {
		spec += ":" + f.Value + ":" + f.Is.zsh(fn)
	}
	return quoted(spec)
}

// zsh gives the action of an argument.
func (a Arg) zsh(fn string) string {
	switch {
	case len(a.Choices) > 0 && a.Kind == Dir:
		return " " + fn + "_or_dir " + strings.Join(a.Choices, " ") // the space keeps _arguments from adding words
	case len(a.Choices) > 0:
		return "(" + strings.Join(a.Choices, " ") + ")"
	}
	return [...]string{Word: " ", Dir: "_files -/", FilePath: "_files", Setting: fn + "_setting"}[a.Kind]
}

// fish gives the completion of fish.
func (b *Book) fish() string {
	out := &strings.Builder{}
	p, fn := b.Program.Name, "_"+b.identifier()
	fmt.Fprintf(out, "# fish completion for %s, made by \"%s completion fish\"\n\n", p, p)
	out.WriteString(strings.ReplaceAll(fishBody, "NAME", fn))
	fmt.Fprintf(out, "complete -c %s -f\n", p)
	for _, e := range b.Verbs {
		fmt.Fprintf(out, "complete -c %s -n __fish_use_subcommand -a %s -d %s\n", p, e.Name, fishQuoted(e.Short))
	}
	fmt.Fprintf(out, "complete -c %s -n __fish_use_subcommand -a help -d 'list the commands, or tell of one'\n", p)
	fmt.Fprintf(out, "complete -c %s -n '%s_at help 1' -a %s\n", p, fn, fishQuoted(strings.Join(b.names(), " ")))
	for _, e := range b.Verbs {
		var valued []string
		for _, f := range e.Flags {
			fmt.Fprintf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -o %s -d %s", p, e.Name, f.Name, fishQuoted(f.Means))
			if f.Value != "" {
				valued = append(valued, "-"+f.Name)
				out.WriteString(" -r" + f.Is.fish(fn) + f.Is.fishNoFiles())
			}
			out.WriteByte('\n')
		}
		for i, a := range e.Args {
			at := fmt.Sprint(i + 1)
			if a.Many {
				at += "+"
			}
			if how := a.fish(fn); how != "" {
				fmt.Fprintf(out, "complete -c %s -n %s%s\n", p, fishQuoted(strings.Join(append([]string{fn + "_at", e.Name, at}, valued...), " ")), how)
			}
		}
	}
	fmt.Fprintf(out, "\nfunction %s_settings\n\tprintf '%%s\\n' %s\nend\n", fn, strings.Join(b.Settings, " "))
	return out.String()
}

// fishBody tells whether an argument of a command is being typed: NAME_at VERB
// POSITION, with a plus for that and all behind it, and the flags that take a value.
const fishBody = `function NAME_at
	set -l words (commandline -opc)
	test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"; or return 1
	set -l place 1
	set -l skip 0
	for word in $words[3..-1]
		if test $skip = 1
			set skip 0
		else if contains -- $word $argv[3..-1]
			set skip 1
		else if not string match -q -- '-*' $word
			set place (math $place + 1)
		end
	end
	test $skip = 0; or return 1
	if string match -q -- '*+' $argv[2]
		test $place -ge (string trim -c + $argv[2])
	else
		test $place = $argv[2]
	end
end

`

func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// fish gives how an argument is completed, "" for not at all.
func (a Arg) fish(fn string) string {
	words := slices.Clone(a.Choices)
	switch a.Kind {
	case Dir:
		words = append(words, "(__fish_complete_directories)")
	case FilePath:
		return " -F"
	case Setting:
		words = append(words, "("+fn+"_settings)")
	}
	if len(words) == 0 {
		return ""
	}
	return " -a " + fishQuoted(strings.Join(words, " "))
}

// fishNoFiles keeps fish from offering files for the value of a flag that is none.
func (a Arg) fishNoFiles() string {
	if a.Kind == FilePath {
		return ""
	}
	return " -f"
}
