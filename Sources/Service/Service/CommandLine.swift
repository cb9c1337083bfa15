// SPDX-License-Identifier: Apache-2.0

/// The options that master gives a daemon; the letters are Postfix'.
struct DaemonArguments: Equatable {
    /// What the program is to do.
    enum Task: Equatable {
        /// Serve: master has started it.
        case serve
        /// `--check`: read and open what a start reads and opens, print every problem, end with status 1 if there is one.
        case check
        /// `--rights`: print what it may do, as JSON.
        case rights
    }

    var task = Task.serve
    /// `-n`: the service's name.
    var serviceName = ""
    /// `-c`: the configuration folder.
    var configDirectory = "/etc/relais"
    /// `-C`: the descriptor of the configuration as master has read and checked it; nil reads the files.
    var configuration: Int32?
    /// `-o name=value`, repeated.
    var overrides: [(String, String)] = []
    /// `-l name`, `-l name+ssl` or `-l name+pass`, one for each listener, in the order of their descriptors from 4 on.
    var listeners: [StartUp.ListenerName] = []
    /// Everything after `--`.
    var rest: [String] = []

    init(_ arguments: [String]) throws(StartUpError) {
        var next = arguments.dropFirst().makeIterator()
        while let option = next.next() {
            if option == "--" {
                while let argument = next.next() { rest.append(argument) }
                return
            }
            if option == "--check" || option == "--rights" {
                task = option == "--check" ? .check : .rights
                continue
            }
            guard let value = next.next() else { throw StartUpError("option \(option) lacks its value") }
            switch option {
            case "-n": serviceName = value
            case "-c": configDirectory = value
            case "-C":
                guard let number = Int32(value), number > 2 else {
                    throw StartUpError("option -C wants a descriptor, not \(value)")
                }
                configuration = number
            case "-l":
                listeners.append(StartUp.ListenerName(argument: value))
            case "-o":
                guard let equals = value.firstIndex(of: "=") else {
                    throw StartUpError("option -o wants name=value, not \(value)")
                }
                overrides.append((String(value[..<equals]), String(value[value.index(after: equals)...])))
            default: throw StartUpError("unknown option \(option)")
            }
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.task == right.task && left.serviceName == right.serviceName
            && left.configDirectory == right.configDirectory
            && left.configuration == right.configuration
            && left.overrides.elementsEqual(right.overrides, by: ==) && left.listeners == right.listeners
            && left.rest == right.rest
    }
}
