# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion of sipisctl for fish.

# Print the words before the cursor that are neither options nor their values; with --root, the value of --root.
function __sipisctl_words --argument-names what
    set -l words (commandline -opc)
    set -l ended
    set -l pending
    set -l root
    set -l plain
    for word in $words[2..-1]
        if test -n "$pending"
            test "$pending" = --root; and set root $word
            set pending
        else if test -n "$ended"; or not string match -qr -- '^-.' $word
            set -a plain $word
        else
            switch $word
                case --
                    set ended yes
                case --root --color --output --app-id --server-port-step --http-port-step --max-imbalance -o --without --from \
                        --timeout --accounts --host --machine -H -M
                    set pending $word
                case '--root=*'
                    set root (string replace -- --root= '' $word)
            end
        end
    end
    switch "$what"
        case --root
            string replace -r -- '^~/' "$HOME/" $root
        case --ended
            test -n "$ended"
        case '*'
            string join \n -- $plain
    end
end

function __sipisctl_no_command
    test -z (__sipisctl_words)[1]
end

# Succeed if the command is one of these, or if there is none yet.
function __sipisctl_may_be
    set -l words (__sipisctl_words)
    test -z "$words[1]"; or contains -- $words[1] $argv
end

function __sipisctl_is
    set -l words (__sipisctl_words)
    test "$words[1]" = $argv[1]
end

# Succeed for a new split: --undo, --resume and --list exclude each other and the options of a new split.
function __sipisctl_may_split
    __sipisctl_may_be split; and not __fish_contains_opt undo resume list
end

# Succeed if options that --undo takes too are possible.
function __sipisctl_may_write
    __sipisctl_may_be sync; or begin
        __sipisctl_may_be split; and not __fish_contains_opt resume list
    end
end

# Succeed if the output has columns; of split, only that of --list.
function __sipisctl_may_list
    __sipisctl_may_be list route status; or begin
        __sipisctl_may_be split; and not __fish_contains_opt undo resume
    end
end

# Offer instances that a list INSTANCE,... does not have yet.
function __sipisctl_instance_list
    set -l typed (string replace -r -- '^--without=' '' "$(commandline -ct)")
    set -l before (string match -r -- "^.*,|^" "$typed")
    for instance in (__sipisctl_instances)
        contains -- $instance (string split , -- "$before"); or echo $before$instance
    end
end

# Print the instances below the given root.
function __sipisctl_instances
    set -l in_root
    set -l root (__sipisctl_words --root)
    test -n "$root"; and set in_root --root=$root
    set -l words (__sipisctl_words)
    for instance in (sipisctl $in_root list --noheadings --raw -o INSTANCE 2>/dev/null)
        contains -- $instance $words[2..-1]; and continue
        # it would be an option, except after --
        string match -q -- '-*' $instance; and not __sipisctl_words --ended; and continue
        echo $instance
    end
end

# Offer columns that a list COLUMN,... does not have yet.
function __sipisctl_columns
    set -l typed (string replace -r -- '^(--output=|-o)' '' "$(commandline -ct)")
    set -l before (string match -r -- "^.*,|^" "$typed")
    set -l columns INSTANCE NAME ADDRESS PORT HTTP REALM PREFIXES SHARE STATE LOCK LOG SETTINGS
    __sipisctl_is status; and set -a columns ACTIVE PID MEMORY SINCE LISTENING RESTARTS REASON HOST
    __sipisctl_is split; and set columns DATE COMMAND BEFORE AFTER STATE FILES
    if __sipisctl_is route
        if contains -- --count (commandline -opc)
            set columns INSTANCE NAME ACCOUNTS SHARE
        else
            set columns SELECTOR INSTANCE NAME PREFIX
        end
    end
    for column in $columns
        contains -- $column (string split , -- (string upper -- "$before")); or echo $before$column
    end
end

# Print containers, if machinectl is installed.
function __sipisctl_machines
    machinectl list --no-legend --no-pager 2>/dev/null | string replace -r -- ' .*' ''
end

complete -c sipisctl -f
complete -c sipisctl -n __sipisctl_no_command -a check -d 'Check settings and host'
complete -c sipisctl -n __sipisctl_no_command -a list -d 'List the instances'
complete -c sipisctl -n __sipisctl_no_command -a map -d 'Draw which instance takes which selectors'
complete -c sipisctl -n __sipisctl_no_command -a route -d 'Print which instance serves a selector'
complete -c sipisctl -n __sipisctl_no_command -a split -d 'Change to N instances'
complete -c sipisctl -n __sipisctl_no_command -a sync -d 'Copy common settings from one file to the others'
complete -c sipisctl -n __sipisctl_no_command -a edit -d 'Edit settings, and check them before saving'
complete -c sipisctl -n __sipisctl_no_command -a apply -d 'Restart services with the new settings, and verify them'
complete -c sipisctl -n __sipisctl_no_command -a reload -d 'Reload systemd if needed, and start instances'
complete -c sipisctl -n __sipisctl_no_command -a status -d 'Show what runs'
complete -c sipisctl -n __sipisctl_no_command -a metrics -d 'Print metrics for Prometheus'
complete -c sipisctl -n '__sipisctl_is check; or __sipisctl_is list; or __sipisctl_is map; or __sipisctl_is apply; or __sipisctl_is status; or __sipisctl_is sync; or __sipisctl_is edit' -a '(__sipisctl_instances)' -d Instance

complete -c sipisctl -n 'not __sipisctl_is apply; and not __sipisctl_is reload; and not __sipisctl_is status; and not __sipisctl_is metrics' -l root -x -a '(__fish_complete_directories)' -d 'Use the files below a directory'
complete -c sipisctl -l color -x -a 'auto always never' -d 'Use colours'
complete -c sipisctl -n 'not __sipisctl_is metrics; and not __sipisctl_is reload' -s J -l json -d 'Print JSON'
complete -c sipisctl -s h -l help -d 'Print a short help'
complete -c sipisctl -l version -d 'Print the version'

complete -c sipisctl -n '__sipisctl_may_be check; and not __fish_contains_opt refused' -l strict -d 'Exit with 1 on warnings too'
complete -c sipisctl -n '__sipisctl_may_be check; and not __fish_contains_opt -s J strict json' -l refused -d 'Print why systemd does not start one instance'
complete -c sipisctl -n __sipisctl_may_list -s o -l output -x -a '(__sipisctl_columns)' -d 'Choose columns and their order'
complete -c sipisctl -n __sipisctl_may_list -s n -l noheadings -d 'Print no heading'
complete -c sipisctl -n __sipisctl_may_list -s r -l raw -d 'Do not align, for scripts'
complete -c sipisctl -n '__sipisctl_may_be map' -l svg -d 'Print an SVG picture, for a browser'
complete -c sipisctl -n '__sipisctl_may_be route' -l app-id -x -d 'The app id, compared with every AppIdPrefix'
complete -c sipisctl -n '__sipisctl_may_be route' -l count -d 'Print how many selectors each instance serves'
complete -c sipisctl -n '__sipisctl_may_write; or __sipisctl_may_be apply' -l dry-run -d 'Only print what would be done; of split, with passwords'
complete -c sipisctl -n __sipisctl_may_write -l stat -d 'With --dry-run, print files and attributes without values'
complete -c sipisctl -n __sipisctl_may_write -l yes -d 'Do not ask'
complete -c sipisctl -n __sipisctl_may_split -l without -x -a '(__sipisctl_instance_list)' -d 'Remove these instances instead of the last ones'
complete -c sipisctl -n __sipisctl_may_split -l server-port-step -x -d 'From one Server port to the next'
complete -c sipisctl -n __sipisctl_may_split -l http-port-step -x -d 'From one HTTP port to the next'
complete -c sipisctl -n __sipisctl_may_split -l max-imbalance -x -d 'How much larger the largest share may be than the smallest'
complete -c sipisctl -n '__sipisctl_may_split; or __sipisctl_may_be sync' -l undo -d 'Undo the last split, or sync'
complete -c sipisctl -n __sipisctl_may_split -l list -d 'List what --undo would undo'
complete -c sipisctl -n '__sipisctl_may_be sync' -l from -x -a '(__sipisctl_instances)' -d 'Copy from this instance'
complete -c sipisctl -n '__sipisctl_may_be edit' -l load-balancer -d 'Edit the load balancer settings'
complete -c sipisctl -n __sipisctl_may_split -l resume -d 'Finish an interrupted split, sync, edit or undo'
complete -c sipisctl -n '__sipisctl_may_be apply' -l force -d 'Continue despite errors'
complete -c sipisctl -n '__sipisctl_may_be apply' -l no-stop -d 'Stop nothing: running instances keep their settings'
complete -c sipisctl -n '__sipisctl_may_be apply' -l rolling -d 'Restart only instances that changed, one after the other'
complete -c sipisctl -n '__sipisctl_may_be apply' -l undo-on-failure -d 'Undo the last split if its settings do not serve'
complete -c sipisctl -n '__sipisctl_may_be apply' -l timeout -x -d 'How long each step may take'
complete -c sipisctl -n '__sipisctl_may_be status' -l watch -d 'Print the status on each change and every 2 seconds'
complete -c sipisctl -n '__sipisctl_may_be status' -l monitoring -d 'Print one line for Nagios or Icinga'
complete -c sipisctl -n '__sipisctl_is metrics' -s o -l output -r -F -d 'Replace a file atomically'
complete -c sipisctl -n '__sipisctl_may_be metrics' -l accounts -r -F -d 'Count accounts from a list of selectors'
complete -c sipisctl -n '__sipisctl_may_be status' -s H -l host -x -a '(__fish_complete_user_at_hosts)' -d 'Show another machine, through ssh'
complete -c sipisctl -n '__sipisctl_may_be status' -s M -l machine -x -a '(__sipisctl_machines)' -d 'Show a container'
