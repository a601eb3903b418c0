// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_PICKLE_HPP
#define KOVAR_IO_PICKLE_HPP

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

/// \file
/// Python's pickles (protocols 2 to 5, pickletools.py of CPython) as trees. Nothing in them is ever called.

namespace kovar::io {

/// What stands in a pickle. Nodes may have several parents, and be among their own descendants.
struct PickleNode {
  enum class Kind {
    none,
    boolean,  ///< integer is 0 or 1
    integer,  ///< in 64 bits; a longer one is unknown
    real,     ///< real
    text,     ///< text
    bytes,    ///< text
    list,     ///< items; tuples and sets too
    map,      ///< items: key, value, key, value ...
    global,   ///< text: "module.name"
    call,     ///< items: what is called and a list of arguments
    unknown,
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<PickleNode const*> items;
  PickleNode const* state = nullptr;  ///< that a call's result was given (BUILD), or none

  bool is_text() const { return kind == Kind::text; }
  bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  double number() const { return kind == Kind::integer ? static_cast<double>(integer) : real; }
  /// The value of a key of a map; nothing if this is no map or has no such key.
  PickleNode const* find(std::string const& key) const;
  /// An item of a list; nothing if this is no list or is shorter.
  PickleNode const* at(std::size_t i) const
  {
    return kind == Kind::list && i < items.size() ? items[i] : nullptr;
  }
};

/// A pickle with all of its nodes.
class Pickle {
 public:
  /// Cost: in proportion to the bytes.
  /// \throws InputError if the bytes are no pickle, or one with opcodes that are not known
  explicit Pickle(std::string const& bytes);
  Pickle(Pickle const&) = delete;
  Pickle& operator=(Pickle const&) = delete;

  PickleNode const& root() const { return *root_; }

 private:
  std::deque<PickleNode> nodes_;
  PickleNode const* root_ = nullptr;
};

/// Writes a pickle of protocol 4, binary opcodes only, without memory of what was written before.
class PickleWriter {
 public:
  PickleWriter();
  void text(std::string const& value);
  void integer(std::int64_t value);
  void real(double value);
  void boolean(bool value);
  void none();
  void open_list();  ///< then items, then close_list()
  void close_list();
  void open_tuple();  ///< then items, then close_tuple()
  void close_tuple();
  void open_map();  ///< then keys and values, then close_map()
  void close_map();
  void global(std::string const& module, std::string const& name);
  void call();       ///< of what stands before the last tuple, with that
  void set_state();  ///< of what stands before the last object, to that
  /// All bytes; nothing can be added after.
  std::string finish();

 private:
  void little_endian(std::uint64_t value, int n_bytes);
  std::string bytes_;
};

}  // namespace kovar::io

#endif
