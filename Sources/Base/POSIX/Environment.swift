// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// This process's environment, `NAME=value` each.
package func environmentList() -> [String] {
    var list: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
        list.append(unsafe String(cString: entry))
        unsafe next = next.successor()
    }
    return list
}

/// Sets a variable of this process's environment; before threads only.
package func setEnvironmentValue(_ name: String, _ value: String) {
    _ = unsafe setenv(name, value, 1)
}
