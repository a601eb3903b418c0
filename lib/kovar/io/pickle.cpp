// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/pickle.hpp>

#include <cstring>
#include <string_view>

namespace kovar::io {

namespace {

using Kind = PickleNode::Kind;

// The machine that a pickle is a program for.
class Machine {
 public:
  Machine(std::string_view bytes, std::deque<PickleNode>& nodes) : bytes_(bytes), nodes_(nodes) {}

  PickleNode const* run()
  {
    for (;;) {
      auto const opcode = static_cast<unsigned char>(take(1)[0]);
      if (opcode == '.') return pop();
      bool const is_known =
          run_value(opcode) || run_container(opcode) || run_memory(opcode) || run_object(opcode);
      if (!is_known) fail("has the opcode " + std::to_string(opcode) + ", which is not known");
    }
  }

 private:
  [[noreturn]] void fail(std::string const& problem) const
  {
    throw InputError("pickle: " + problem + " (at byte " + std::to_string(at_) + " of " +
                     std::to_string(bytes_.size()) + ")");
  }

  std::string_view take(std::uint64_t n)
  {
    if (n > bytes_.size() - at_) fail("it ends too early");
    auto const part = bytes_.substr(at_, n);
    at_ += n;
    return part;
  }

  std::uint64_t take_unsigned(std::size_t n_bytes)
  {
    std::uint64_t value = 0;
    auto const part = take(n_bytes);
    for (std::size_t i = n_bytes; i-- > 0;)
      value = (value << 8U) | static_cast<unsigned char>(part[i]);
    return value;
  }

  std::string_view take_line()
  {
    auto const end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("it ends too early");
    auto const line = take(end - at_);
    take(1);
    return line;
  }

  PickleNode* push(Kind kind)
  {
    nodes_.emplace_back();
    nodes_.back().kind = kind;
    stack_.push_back(&nodes_.back());
    return &nodes_.back();
  }

  void push_text(Kind kind, std::uint64_t n) { push(kind)->text = std::string(take(n)); }

  PickleNode* pop()
  {
    auto* const node = top();
    stack_.pop_back();
    return node;
  }

  PickleNode* top()
  {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("it takes what is not there");
    return stack_.back();
  }

  // All since the last mark.
  std::vector<PickleNode const*> pop_marked()
  {
    if (marks_.empty()) fail("it takes what is not there");
    auto const first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleNode const*> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }

  void append(std::vector<PickleNode const*> const& items)
  {
    auto* const to = top();
    to->items.insert(to->items.end(), items.begin(), items.end());
  }

  // The last n on the stack, in their order.
  std::vector<PickleNode const*> pop_last(std::size_t n)
  {
    std::vector<PickleNode const*> items(n);
    for (std::size_t i = n; i-- > 0;) items[i] = pop();
    return items;
  }

  void push_long(std::uint64_t n_bytes)
  {
    auto const part = take(n_bytes);
    auto* const node = push(n_bytes <= 8 ? Kind::integer : Kind::unknown);
    if (n_bytes > 8 || n_bytes == 0) return;
    bool const is_negative = (static_cast<unsigned char>(part.back()) & 0x80U) != 0;
    std::uint64_t value = is_negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = part.size(); i-- > 0;)
      value = (value << 8U) | static_cast<unsigned char>(part[i]);
    node->integer = static_cast<std::int64_t>(value);
  }

  void push_real()
  {
    std::uint64_t bits = 0;
    for (char const c : take(8)) bits = (bits << 8U) | static_cast<unsigned char>(c);
    std::memcpy(&push(Kind::real)->real, &bits, sizeof bits);
  }

  bool run_value(unsigned char opcode)
  {
    switch (opcode) {
      case 'N':
        push(Kind::none);
        return true;
      case 0x88:
        push(Kind::boolean)->integer = 1;
        return true;
      case 0x89:
        push(Kind::boolean);
        return true;
      case 'J':
        push(Kind::integer)->integer = static_cast<std::int32_t>(take_unsigned(4));
        return true;
      case 'K':
        push(Kind::integer)->integer = static_cast<std::int64_t>(take_unsigned(1));
        return true;
      case 'M':
        push(Kind::integer)->integer = static_cast<std::int64_t>(take_unsigned(2));
        return true;
      case 0x8a:
        push_long(take_unsigned(1));
        return true;
      case 0x8b:
        push_long(take_unsigned(4));
        return true;
      case 'G':
        push_real();
        return true;
      case 0x8c:
        push_text(Kind::text, take_unsigned(1));
        return true;
      case 'X':
        push_text(Kind::text, take_unsigned(4));
        return true;
      case 0x8d:
        push_text(Kind::text, take_unsigned(8));
        return true;
      case 'C':
      case 'U':
        push_text(Kind::bytes, take_unsigned(1));
        return true;
      case 'B':
      case 'T':
        push_text(Kind::bytes, take_unsigned(4));
        return true;
      case 0x8e:
      case 0x96:
        push_text(Kind::bytes, take_unsigned(8));
        return true;
      default:
        return false;
    }
  }

  bool run_container(unsigned char opcode)
  {
    switch (opcode) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ']':
      case ')':
      case 0x8f:
        push(Kind::list);
        return true;
      case '}':
        push(Kind::map);
        return true;
      case 'a':
        append(pop_last(1));
        return true;
      case 's':
        append(pop_last(2));
        return true;
      case 'e':
      case 'u':
      case 0x90:
        append(pop_marked());
        return true;
      case 't':
      case 'l':
      case 0x91:
        push_items(Kind::list, pop_marked());
        return true;
      case 'd':
        push_items(Kind::map, pop_marked());
        return true;
      case 0x85:
        push_items(Kind::list, pop_last(1));
        return true;
      case 0x86:
        push_items(Kind::list, pop_last(2));
        return true;
      case 0x87:
        push_items(Kind::list, pop_last(3));
        return true;
      default:
        return false;
    }
  }

  void push_items(Kind kind, std::vector<PickleNode const*> items)
  {
    push(kind)->items = std::move(items);
  }

  bool run_memory(unsigned char opcode)
  {
    switch (opcode) {
      case 0x80:
        take(1);
        return true;  // protocol
      case 0x95:
        take(8);
        return true;  // length of a frame
      case '0':
        pop();
        return true;
      case '1':
        pop_marked();
        return true;
      case '2':
        stack_.push_back(top());
        return true;
      case 0x94:
        memory_.push_back(top());
        return true;
      case 'q':
        remember(take_unsigned(1));
        return true;
      case 'r':
        remember(take_unsigned(4));
        return true;
      case 'h':
        recall(take_unsigned(1));
        return true;
      case 'j':
        recall(take_unsigned(4));
        return true;
      default:
        return false;
    }
  }

  // Pickles count upwards.
  void remember(std::uint64_t place)
  {
    if (place > memory_.size()) fail("it remembers out of turn");
    if (place == memory_.size()) memory_.push_back(nullptr);
    memory_[place] = top();
  }

  void recall(std::uint64_t place)
  {
    if (place >= memory_.size()) fail("it recalls what it never remembered");
    stack_.push_back(memory_[place]);
  }

  bool run_object(unsigned char opcode)
  {
    switch (opcode) {
      case 'c': {
        std::string const module(take_line());
        push(Kind::global)->text = module + "." + std::string(take_line());
        return true;
      }
      case 0x93: {
        auto const* const name = pop();
        auto const* const module = pop();
        constexpr std::size_t longest = 1024;  // so that none grows beyond the pickle
        if (module->text.size() + name->text.size() > longest) fail("it has too long a name");
        push(Kind::global)->text = module->text + "." + name->text;
        return true;
      }
      case 'R':
      case 0x81:
        push_items(Kind::call, pop_last(2));
        return true;
      case 0x92:
        push_items(Kind::call, pop_last(3));
        return true;  // keywords last
      case 'b': {
        auto const* const state = pop();
        top()->state = state;
        return true;
      }
      case 'Q':
        pop();
        push(Kind::unknown);
        return true;  // what stands elsewhere
      case 0x97:
        push(Kind::unknown);
        return true;  // likewise
      case 0x98:
        return true;
      default:
        return false;
    }
  }

  std::string_view bytes_;
  std::deque<PickleNode>& nodes_;
  std::size_t at_ = 0;
  std::vector<PickleNode*> stack_;
  std::vector<std::size_t> marks_;
  std::vector<PickleNode*> memory_;
};

}  // namespace

PickleNode const* PickleNode::find(std::string const& key) const
{
  if (kind != Kind::map) return nullptr;
  PickleNode const* found = nullptr;  // the last one, as in Python
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i]->is_text() && items[i]->text == key) found = items[i + 1];
  return found;
}

Pickle::Pickle(std::string const& bytes) { root_ = Machine(bytes, nodes_).run(); }

}  // namespace kovar::io
